import type { Flapping } from '@rollcall/contracts/api'
import { CliError } from '../errors.ts'
import { printList } from '../output/format.ts'
import { type Column, oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { scopeOf } from './scope.ts'
import { askSpan, type SpanOptions } from './span.ts'

type Row = Flapping & { readonly cluster: string }

/** `rollcall get flapping [--pods [[NAMESPACE/]NAME]]`: which nodes, or pods, changed most often, and what of them. */
export async function getFlapping(written: string | undefined, options: SpanOptions, ports: Ports): Promise<void> {
  const of = options.pods ? 'pods' : 'nodes'
  if (of === 'nodes' && (written !== undefined || options.namespace !== undefined))
    throw new CliError('usage', 'nodes belong to no DaemonSet and no namespace', 'add --pods, or leave it out')
  const scope = await scopeOf(options, ports)
  const answers = await askSpan('flapping', written, options, { of }, scope, ports)
  const rows: Row[] = answers
    .flatMap(({ cluster, items }) => items.map(item => ({ cluster, ...item })))
    .sort((a, b) => b.changes - a.changes)
  await printList({ rows, columns: columns(of), what: `${of} that changed in that time` }, scope.format, ports)
}

const turned = (title: string, what: keyof Flapping['turned']): Column<Row> => ({
  title,
  cell: row => String(row.turned[what]),
})

const columns = (of: 'nodes' | 'pods'): Column<Row>[] => [
  { title: 'CLUSTER', cell: ({ cluster }) => oneLine(cluster) },
  { title: 'NODE', cell: ({ node }) => oneLine(node) },
  ...(of === 'pods'
    ? [
        { title: 'NAMESPACE', cell: ({ pod }: Row) => oneLine(pod?.namespace ?? '-') },
        { title: 'POD', cell: ({ pod }: Row) => oneLine(pod?.name ?? '-') },
      ]
    : []),
  { title: 'CHANGES', cell: ({ changes }) => String(changes) },
  turned('READINESS', 'ready'),
  ...(of === 'pods'
    ? [turned('RESTARTS', 'restarted'), turned('TROUBLES', 'troubled')]
    : [turned('CORDONS', 'cordoned'), turned('TAINTS', 'taints')]),
  turned('LABELS', 'labels'),
]
