import { type Command, Option } from 'commander'
import { formats, listFormats } from '../output/format.ts'

const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value]

/** An option that may be repeated. */
export const repeatable = (flags: string, description: string): Option =>
  new Option(flags, `${description}; may be repeated`).argParser(collect)

/** Which server is asked. */
export function withServer(command: Command): Command {
  return command
    .option('--server <url>', 'address of the auditor (else $ROLLCALL_SERVER, the context, or a running rollcall up)')
    .option('--token <token>', 'its token (else $ROLLCALL_TOKEN, or that of the context)')
    .option('--context <name>', 'a server by its name in the configuration file (else $ROLLCALL_CONTEXT)')
    .option('--data <dir>', 'data folder of the rollcall up to ask (else $ROLLCALL_DATA)')
}

/** Which part of the fleet is asked about, and how it is shown. */
export function withQuery(command: Command, { isNamespaced = true, isList = false } = {}): Command {
  const choices = isList ? listFormats : formats
  command.addOption(new Option('-o, --output <format>', 'how it is shown').choices(choices).default('table'))
  command.addOption(repeatable('--cluster <name>', 'only this cluster'))
  if (isNamespaced) {
    command.option('-n, --namespace <name>', 'only this namespace')
    command.option('-A, --all-namespaces', 'all namespaces; they are what is shown without -n, too')
  }
  return withServer(command)
}
