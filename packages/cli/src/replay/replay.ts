import { type ReplayReport, replay } from '@rollcall/replay'
import { CliError } from '../errors.ts'
import { checkedFormat, structured } from '../output/format.ts'
import type { Ports } from '../ports.ts'
import { withCore } from './load-core.ts'
import { countOf, type RecordOptions, windowOf, withRecord } from './open-record.ts'
import { withProgress } from './progress.ts'
import { reportLines } from './report-lines.ts'

export type ReplayFlags = RecordOptions & {
  readonly assert?: boolean
  readonly differences: string
  readonly core?: string
  readonly from?: string
  readonly to?: string
  readonly output: string
}

/** `rollcall replay [FILE…]`: decides anew and compares. @throws CliError when a record is broken, or with `--assert` differs */
export async function replayRecords(files: readonly string[], flags: ReplayFlags, ports: Ports): Promise<void> {
  const format = checkedFormat(flags.output)
  const differencesMax = countOf('--differences', flags.differences, 100_000)
  const options = { ...windowOf(flags, ports.now()), differencesMax }
  const reports: ReplayReport[] = []
  for (const file of files.length === 0 ? [undefined] : files) {
    const report = await withRecord(file, flags, ports, source =>
      withCore(flags.core, ports, core =>
        withProgress(`replaying ${source.name}`, ports, onProgress => replay(source, { ...options, core, onProgress })),
      ),
    )
    reports.push(report)
    if (format === 'table') ports.terminal.out(`${reportLines(report, ports.terminal).join('\n')}\n`)
    if (flags.assert && !report.agrees) break
  }
  if (format === 'json' || format === 'yaml') ports.terminal.out(await structured(format, { items: reports }))
  const wrong = reports.find(report => (flags.assert ? !report.agrees : isBroken(report)))
  if (wrong) throw new CliError(flags.assert ? 'differs' : 'failed', whatIsWrong(wrong))
}

const isBroken = ({ broken, chain }: ReplayReport): boolean => broken !== null || chain?.ok === false

function whatIsWrong({ source, core, broken, chain, differing, points, differences: [first] }: ReplayReport): string {
  if (chain?.ok === false) return `${source} was altered: position ${chain.position}: ${chain.problem}`
  if (broken) return `${source} cannot be replayed beyond position ${broken.position}: ${broken.problem}`
  const where = first ? `, first at position ${first.position}` : ''
  return `core ${core} decides otherwise at ${differing} of ${points} decision points of ${source}${where}`
}
