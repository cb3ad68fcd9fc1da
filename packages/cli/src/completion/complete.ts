import type { Command, Option } from 'commander'
import type { Ports } from '../ports.ts'

export type Candidate = { readonly value: string; readonly about: string }

/** Asking the server for names must not make the shell wait. */
const namesTimeoutMs = 1_500

/** What can stand at the last of these words. Never throws: where nothing is known, nothing is offered. */
export async function complete(program: Command, typed: readonly string[], ports: Ports): Promise<Candidate[]> {
  // bash cuts `--cluster=east` into three words.
  const words = typed
    .filter((word, index) => word !== '=' || index === typed.length - 1)
    .map(word => (word === '=' ? '' : word))
  const last = words.at(-1) ?? ''
  const { command, operands, awaiting } = walk(program, words.slice(0, -1))
  const inline = /^(--[\w-]+)=(.*)$/.exec(last)
  if (inline) {
    const option = command.options.find(({ long }) => long === inline[1])
    const values = option ? await valuesOf(option, command, words, ports) : []
    return startingWith(
      values.map(candidate => ({ ...candidate, value: `${inline[1]}=${candidate.value}` })),
      last,
    )
  }
  if (awaiting) return startingWith(await valuesOf(awaiting, command, words, ports), last)
  if (last.startsWith('-')) return startingWith(optionsOf(command), last)
  if (command.commands.length > 0) return operands.length > 0 ? [] : startingWith(commandsOf(command), last)
  return startingWith(await argumentsOf(command, operands, words, ports), last)
}

const startingWith = (candidates: readonly Candidate[], start: string): Candidate[] =>
  candidates.filter(({ value }) => value.startsWith(start))

/** The command that the words lead to, its operands, and the option that the next word is the value of. */
function walk(program: Command, words: readonly string[]) {
  let command = program
  let awaiting: Option | null = null
  const operands: string[] = []
  for (const word of words) {
    if (awaiting) {
      awaiting = null
    } else if (word.startsWith('-') && word !== '-') {
      const option = command.options.find(({ long, short }) => long === word || short === word)
      if (option?.required) awaiting = option
    } else {
      const next: Command | undefined = command.commands.find(
        known => known.name() === word || known.aliases().includes(word),
      )
      if (next && operands.length === 0) command = next
      else operands.push(word)
    }
  }
  return { command, operands, awaiting }
}

const isShown = (command: Command): boolean => !(command as Command & { _hidden?: boolean })._hidden

const commandsOf = (command: Command): Candidate[] =>
  command.commands.filter(isShown).map(known => ({ value: known.name(), about: known.description() }))

const optionsOf = (command: Command): Candidate[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .map(option => ({ value: option.long ?? option.short ?? '', about: option.description }))

async function valuesOf(
  option: Option,
  command: Command,
  words: readonly string[],
  ports: Ports,
): Promise<Candidate[]> {
  if (option.argChoices) return option.argChoices.map(value => ({ value, about: '' }))
  if (option.long === '--cluster') return await names('clusters', words, ports)
  if (option.long === '--node') return await names('nodes', words, ports)
  if (option.long === '--daemonset') return await names('daemonSets', words, ports)
  if (option.long === '--namespace') return await names('namespaces', words, ports)
  if (option.long === '--context' && command.name() !== 'up') {
    const { configFile, readConfigFile } = await import('../config.ts')
    const file = await readConfigFile(configFile(ports)).catch(() => null)
    return Object.entries(file?.contexts ?? {}).map(([value, { server }]) => ({ value, about: server }))
  }
  return []
}

async function argumentsOf(
  command: Command,
  operands: readonly string[],
  words: readonly string[],
  ports: Ports,
): Promise<Candidate[]> {
  const argument = command.registeredArguments[operands.length] ?? command.registeredArguments.at(-1)
  if (!argument || (operands.length >= command.registeredArguments.length && !argument.variadic)) return []
  if (argument.argChoices) return argument.argChoices.map(value => ({ value, about: '' }))
  const found = await namesFor(command.name(), words, ports)
  return found.filter(({ value }) => !operands.includes(value))
}

/** Names by the command they are for: `get nodes`, `why node`, `get missing`. */
async function namesFor(command: string, words: readonly string[], ports: Ports): Promise<Candidate[]> {
  switch (command) {
    case 'clusters':
      return await names('clusters', words, ports)
    case 'nodes':
    case 'node':
      return await names('nodes', words, ports)
    case 'daemonsets':
    case 'daemonset':
    case 'missing':
    case 'changes':
    case 'rollouts':
    case 'coverage':
    case 'diff':
    case 'misplaced':
    case 'churn':
    case 'flapping':
      return await names('daemonSets', words, ports)
    case 'placements':
    case 'pod':
      return await names('pods', words, ports)
    default:
      return []
  }
}

async function names(
  kind: 'clusters' | 'nodes' | 'daemonSets' | 'namespaces' | 'pods',
  words: readonly string[],
  ports: Ports,
): Promise<Candidate[]> {
  const { namesOnServer } = await import('./names-on-server.ts')
  const silent = namesOnServer(kind, words, ports).catch(() => [])
  return await Promise.race([silent, ports.wait(namesTimeoutMs).then(() => [])])
}
