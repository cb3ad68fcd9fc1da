import type { Misplaced } from '@rollcall/contracts/api'
import { localTime, shortDuration } from '../output/duration.ts'
import { printList } from '../output/format.ts'
import { type Column, oneLine } from '../output/table.ts'
import { durationArgument } from '../output/time-argument.ts'
import type { Ports } from '../ports.ts'
import { scopeOf } from './scope.ts'
import { askSpan, type SpanOptions } from './span.ts'

type Row = Misplaced & { readonly cluster: string }

/** `rollcall get misplaced [[NAMESPACE/]NAME]`: pods on nodes on which they should not have been. */
export async function getMisplaced(written: string | undefined, options: SpanOptions, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  const overMs = durationArgument('--over', options.over ?? '0s')
  const answers = await askSpan('misplaced', written, options, { overMs }, scope, ports)
  const rows = answers.flatMap(({ cluster, items }) => items.map(item => ({ cluster, ...item })))
  await printList({ rows, columns, what: 'misplaced pods in that time' }, scope.format, ports)
}

const columns: Column<Row>[] = [
  { title: 'CLUSTER', cell: ({ cluster }) => oneLine(cluster) },
  { title: 'NODE', cell: ({ placement }) => oneLine(placement.node) },
  { title: 'NAMESPACE', cell: ({ placement }) => oneLine(placement.namespace) },
  { title: 'DAEMONSET', cell: ({ placement }) => oneLine(placement.daemonSet.name) },
  { title: 'POD', cell: ({ placement }) => oneLine(placement.pod.name) },
  { title: 'FOR', cell: ({ misplacedMs }) => shortDuration(misplacedMs) },
  { title: 'FROM', cell: ({ from }) => localTime(Date.parse(from)) },
  { title: 'TO', cell: ({ to }) => localTime(Date.parse(to)), isWide: true },
  { title: 'RULE', cell: ({ rule }) => oneLine(rule) },
  { title: 'ENDED BY', cell: ({ placement }) => oneLine(placement.closed?.cause ?? '-'), isWide: true },
]
