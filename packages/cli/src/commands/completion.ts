import { Argument, type Command } from 'commander'
import { completionScript, shells } from '../completion/scripts.ts'
import type { Ports } from '../ports.ts'

export function addCompletion(program: Command, ports: Ports): void {
  program
    .command('completion')
    .description('print a script that completes commands, options, and names of clusters, nodes and DaemonSets')
    .addArgument(new Argument('<shell>').choices(shells))
    .addHelpText(
      'after',
      `
To use it in every shell:
  bash   echo 'source <(rollcall completion bash)' >> ~/.bashrc
  zsh    echo 'source <(rollcall completion zsh)' >> ~/.zshrc      (after compinit)
  fish   rollcall completion fish > ~/.config/fish/completions/rollcall.fish`,
    )
    .action((shell: (typeof shells)[number]) => ports.terminal.out(completionScript(shell)))

  // Asked by the scripts: the words of the command line, the last of them being typed.
  program
    .command('complete', { hidden: true })
    .argument('[word...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (words: string[]) => {
      const { complete } = await import('../completion/complete.ts')
      const found = await complete(program, words, ports)
      ports.terminal.out(found.map(({ value, about }) => `${value}\t${about}\n`).join(''))
    })
}
