import { Argument, type Command, Option } from 'commander'
import type { ExportOptions } from '../export/export.ts'
import { type ExportKind, exportFormats, exportKinds } from '../export/kinds.ts'
import type { Ports } from '../ports.ts'
import { repeatable, withServer } from './shared-options.ts'

export function addExport(program: Command, ports: Ports): void {
  const command = program
    .command('export')
    .description('write what was so in a span of time into a file, however much it is')
    .addArgument(new Argument('<what>').choices(exportKinds))
    .requiredOption('-o, --output <file>', 'the file; - is standard output')
    .addOption(
      new Option('--format <format>', 'json is one object a line; else as the name ends').choices(exportFormats),
    )
    .option('--from <time>', 'from when on: 1d (ago), 2026-11-24T14:03:21Z, "2026-11-24 14:03" (else all)')
    .option('--to <time>', 'until when (else now)')
    .addOption(repeatable('--cluster <name>', 'only this cluster'))
    .option('-n, --namespace <name>', 'only DaemonSets of this namespace')
    .option('--daemonset <name>', 'only of this DaemonSet; NAME or NAMESPACE/NAME')
    .addOption(repeatable('--node <name>', 'only on this node'))
    .option('-l, --selector <selector>', 'only nodes with these labels, for example ssd=true,zone!=a')
  withServer(command).action(async (kind: ExportKind, options: ExportOptions) => {
    const { exportRecords } = await import('../export/export.ts')
    await exportRecords(kind, options, ports)
  })
}
