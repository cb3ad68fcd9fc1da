import type { SlotCoverage } from '@rollcall/contracts/api'
import { CliError } from '../errors.ts'
import { localTime, shortDuration } from '../output/duration.ts'
import { printList, structured } from '../output/format.ts'
import { type Column, oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { scopeOf } from './scope.ts'
import { askSpan, type SpanAnswer, type SpanOptions } from './span.ts'

type Row = SlotCoverage & { readonly cluster: string }
type Covered = SpanAnswer<'coverage'>

/** `rollcall get coverage [[NAMESPACE/]NAME]`: how long nodes were without a pod that they should have had. */
export async function getCoverage(written: string | undefined, options: SpanOptions, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  if (written === undefined && options.node === undefined) {
    throw new CliError('usage', 'coverage of what?', 'name a DaemonSet, or a node with --node NAME')
  }
  const answers = await askSpan('coverage', written, options, {}, scope, ports)
  const rows = answers.flatMap(({ cluster, items }) => items.map(item => ({ cluster, ...item })))
  if (scope.format === 'json' || scope.format === 'yaml') {
    const totals = answers.map(({ items, ...total }) => total)
    ports.terminal.out(await structured(scope.format, { items: rows, totals }))
    return
  }
  await printList({ rows, columns, what: 'expected pods in that time' }, scope.format, ports)
  if (scope.format !== 'csv') ports.terminal.out(`\n${answers.map(totalLine).join('\n')}\n`)
}

/** Rounded down: what had a gap is never called 100 %. */
export const percent = (share: number | null): string =>
  share === null ? '-' : `${(Math.floor(share * 1_000_000) / 10_000).toFixed(4).replace(/0{1,2}$/, '')} %`

const columns: Column<Row>[] = [
  { title: 'CLUSTER', cell: ({ cluster }) => oneLine(cluster) },
  { title: 'NODE', cell: ({ node }) => oneLine(node) },
  { title: 'NAMESPACE', cell: ({ daemonSet }) => oneLine(daemonSet.namespace), isWide: true },
  { title: 'DAEMONSET', cell: ({ daemonSet }) => oneLine(daemonSet.name) },
  { title: 'COVERED', cell: ({ coverage }) => percent(coverage) },
  { title: 'EXPECTED', cell: ({ expectedMs }) => shortDuration(expectedMs) },
  { title: 'WITHOUT', cell: ({ uncoveredMs }) => shortDuration(uncoveredMs) },
  { title: 'GAPS', cell: ({ gapsTotal }) => String(gapsTotal) },
  {
    title: 'WHEN',
    cell: ({ gaps, gapsTotal }) => {
      const told = gaps.map(({ from, to }) => {
        const begins = Date.parse(from)
        return `${localTime(begins)} for ${shortDuration(Date.parse(to) - begins)}`
      })
      return [...told, ...(gapsTotal > gaps.length ? [`and ${gapsTotal - gaps.length} more`] : [])].join(', ') || '-'
    },
    isWide: true,
  },
]

function totalLine({ cluster, from, to, recordBegins, total }: Covered): string {
  const begins = Date.parse(recordBegins) > Date.parse(from) ? recordBegins : from
  const span = `from ${localTime(Date.parse(begins))} to ${localTime(Date.parse(to))}`
  const short = begins === from ? '' : ' (the record begins there)'
  const { coverage, slots, uncoveredMs, expectedMs } = total
  if (coverage === null) return `${oneLine(cluster)}: no pod was expected ${span}${short}.`
  return (
    `${oneLine(cluster)}: ${percent(coverage)} covered ${span}${short}; ${slots === 1 ? '1 slot' : `${slots} slots`}, ` +
    `${shortDuration(uncoveredMs)} without a pod of ${shortDuration(expectedMs)} expected.`
  )
}
