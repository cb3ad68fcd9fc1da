import type { CoverageAnswer, SlotCoverage } from '@rollcall/contracts/api'
import { pageLimitMax } from '@rollcall/contracts/api'
import { CliError } from '../errors.ts'
import { localTime, shortDuration } from '../output/duration.ts'
import { printList, structured } from '../output/format.ts'
import { type Column, oneLine } from '../output/table.ts'
import { timeArgument } from '../output/time-argument.ts'
import type { Ports } from '../ports.ts'
import { knownOnly, modesOf } from './cluster-of.ts'
import { unknownDaemonSet } from './get-daemonsets.ts'
import { unknownNode } from './get-nodes.ts'
import { namespacesOf, type QueryOptions, type Scope, scopeOf, splitName } from './scope.ts'

export type CoverageOptions = QueryOptions & {
  readonly node?: readonly string[]
  readonly from: string
  readonly to?: string
}

type Row = SlotCoverage & { readonly cluster: string }
type Covered = Omit<CoverageAnswer, 'items' | 'next'> & { readonly cluster: string; readonly items: readonly Row[] }

/** `rollcall get coverage [[NAMESPACE/]NAME]`: how long nodes were without a pod that they should have had. */
export async function getCoverage(written: string | undefined, options: CoverageOptions, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  if (written === undefined && options.node === undefined) {
    throw new CliError('usage', 'coverage of what?', 'name a DaemonSet, or a node with --node NAME')
  }
  const query = {
    namespace: written === undefined ? scope.namespaces : namespacesOf(written, scope),
    daemonSet: written === undefined ? undefined : [splitName(written).name],
    node: options.node ? [...options.node] : undefined,
    from: timeArgument('--from', options.from, ports.now()),
    to: options.to === undefined ? undefined : timeArgument('--to', options.to, ports.now()),
  }
  const clusters = scope.clusters ?? [...(await modesOf(scope)).keys()]
  const { answers, unknown } = await knownOnly(clusters.map(cluster => () => coveredIn(cluster, query, scope)))
  if (answers.length === 0) {
    const [node] = options.node ?? []
    if (node !== undefined && !unknown.has('unknown-daemonset')) throw await unknownNode(node, scope)
    if (written !== undefined) throw await unknownDaemonSet(written, scope)
  }
  const rows = answers.flatMap(({ items }) => items)
  if (scope.format === 'json' || scope.format === 'yaml') {
    const totals = answers.map(({ items, ...total }) => total)
    ports.terminal.out(await structured(scope.format, { items: rows, totals }))
    return
  }
  await printList({ rows, columns, what: 'expected pods in that time' }, scope.format, ports)
  if (scope.format !== 'csv') ports.terminal.out(`\n${answers.map(totalLine).join('\n')}\n`)
}

async function coveredIn(cluster: string, query: object, { client }: Scope): Promise<Covered> {
  const items: Row[] = []
  let cursor: string | undefined
  for (;;) {
    const asked = { ...query, limit: pageLimitMax, cursor } as Parameters<typeof client.ask<'coverage'>>[2]
    const { items: found, next, ...rest } = await client.ask('coverage', { cluster }, asked)
    items.push(...found.map(item => ({ cluster, ...item })))
    if (next === null) return { cluster, items, ...rest }
    cursor = next
  }
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
