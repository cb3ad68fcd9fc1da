import { Command, CommanderError } from 'commander'
import { addArchive } from './commands/archive.ts'
import { addBlame, addEvents, addHistory, addWhy } from './commands/ask.ts'
import { addAt } from './commands/at.ts'
import { addCompletion } from './commands/completion.ts'
import { addExport } from './commands/export.ts'
import { addGet } from './commands/get.ts'
import { addHolds } from './commands/holds.ts'
import { addReplay, addWhatIf } from './commands/replay.ts'
import { addTakeover } from './commands/takeover.ts'
import { addUp } from './commands/up.ts'
import { addCheckpoints, addRepair, addVerify } from './commands/verify.ts'
import { addVersion } from './commands/version.ts'
import { CliError, exitCodes, exitCodeTexts } from './errors.ts'
import { oneLine } from './output/table.ts'
import type { Ports } from './ports.ts'

/** The command line. What a command does is loaded when it is called, so that everything starts fast. */
export function createProgram(ports: Ports): Command {
  const { terminal } = ports
  const program = new Command('rollcall')
    .description('DaemonSets of a fleet of Kubernetes clusters: what runs where, and why')
    .exitOverride()
    .configureOutput({
      writeOut: text => terminal.out(text),
      writeErr: text => terminal.err(text),
      getOutHelpWidth: () => Math.min(120, terminal.columns()),
      getErrHelpWidth: () => Math.min(120, terminal.columns()),
      getOutHasColors: () => terminal.isTerminal,
      outputError: (text, write) => write(usageError(text)),
    })
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    .addHelpText('after', `\nExit codes:\n${exitCodeLines().join('\n')}`)
  addUp(program, ports)
  addGet(program, ports)
  addWhy(program, ports)
  addBlame(program, ports)
  addHistory(program, ports)
  addEvents(program, ports)
  addHolds(program, ports)
  addTakeover(program, ports)
  addAt(program, ports)
  addExport(program, ports)
  addReplay(program, ports)
  addWhatIf(program, ports)
  addVerify(program, ports)
  addRepair(program, ports)
  addCheckpoints(program, ports)
  addArchive(program, ports)
  addCompletion(program, ports)
  addVersion(program, ports)
  return program
}

/** Commander's words in our form: what was wrong, and on a line of its own the mend. */
function usageError(text: string): string {
  const said = text.replace(/^error: /, 'rollcall: ').replace('\n(', '\n  (')
  return /Did you mean|Allowed choices/.test(said) ? said : `${said}  --help shows how it is written\n`
}

const exitCodeLines = (): string[] =>
  Object.entries(exitCodes).map(
    ([name, code]) => `  ${String(code).padStart(3)}  ${exitCodeTexts[name as keyof typeof exitCodes]}`,
  )

/** Runs one command line (without `node` and the script) and returns its exit code. Says on standard error what failed. */
export async function run(argv: readonly string[], ports: Ports): Promise<number> {
  const program = createProgram(ports)
  try {
    if (argv.length === 0) program.outputHelp()
    else await program.parseAsync(argv, { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    return explain(error, ports)
  }
}

function explain(error: unknown, { terminal, env }: Ports): number {
  // Commander has said what was wrong itself.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  if (error instanceof CliError) {
    terminal.err(`rollcall: ${oneLine(error.message)}\n${error.mend === null ? '' : `  ${oneLine(error.mend)}\n`}`)
    return exitCodes[error.exit]
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  terminal.err(`rollcall: ${oneLine(message)}\n`)
  terminal.err(env.ROLLCALL_DEBUG ? `${stack}\n` : '  this is a defect of rollcall; ROLLCALL_DEBUG=1 shows where\n')
  return exitCodes.failed
}
