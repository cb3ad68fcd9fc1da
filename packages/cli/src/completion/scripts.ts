export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/**
 * Each script hands the words typed so far to `rollcall complete`, which answers with a line `value<tab>description` for
 * each candidate. `kubectl-rollcall` is completed alike.
 */
export function completionScript(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bash
    case 'zsh':
      return zsh
    case 'fish':
      return fish
  }
}

const bash = `# bash completion of rollcall
_rollcall() {
  local line word
  COMPREPLY=()
  while IFS= read -r line; do
    word="\${line%%$'\\t'*}"
    COMPREPLY+=("$(printf '%q' "$word")")
  done < <("\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _rollcall rollcall kubectl-rollcall
`

const zsh = `#compdef rollcall kubectl-rollcall
_rollcall() {
  local line
  local -a candidates
  for line in "\${(@f)$("\${words[1]}" complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n "$line" ]] && candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( \${#candidates} )); then
    _describe 'rollcall' candidates
  else
    _files
  fi
}
if [ "\${funcstack[1]}" = "_rollcall" ]; then
  _rollcall "$@"
else
  compdef _rollcall rollcall kubectl-rollcall
fi
`

const fish = `# fish completion of rollcall
function __rollcall_complete
  set -l words (commandline -opc)
  $words[1] complete -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c rollcall -f -a '(__rollcall_complete)'
complete -c kubectl-rollcall -f -a '(__rollcall_complete)'
`
