import type { Difference } from '@rollcall/contracts/api'
import { printList } from '../output/format.ts'
import { type Column, oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { scopeOf } from './scope.ts'
import { askSpan, type SpanOptions } from './span.ts'

type Row = Difference & { readonly cluster: string }

/** `rollcall get diff [[NAMESPACE/]NAME] --from T1 --to T2`: what is otherwise at T2 than at T1. */
export async function getDiff(written: string | undefined, options: SpanOptions, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  const answers = await askSpan('diff', written, options, {}, scope, ports)
  const rows = answers.flatMap(({ cluster, items }) => items.map(item => ({ cluster, ...item })))
  await printList({ rows, columns, what: 'differences between then and then' }, scope.format, ports)
}

const columns: Column<Row>[] = [
  { title: 'CLUSTER', cell: ({ cluster }) => oneLine(cluster) },
  { title: '', cell: signOf },
  { title: 'WHAT', cell: row => (row.kind === 'placement' ? 'pod' : row.kind === 'node' ? 'node' : 'DaemonSet') },
  { title: 'NODE', cell: row => ('node' in row ? oneLine(row.node) : '-') },
  {
    title: 'DAEMONSET',
    cell: row => ('daemonSet' in row ? oneLine(`${row.daemonSet.namespace}/${row.daemonSet.name}`) : '-'),
  },
  { title: 'BEFORE', cell: row => (row.kind === 'placement' ? podsText(row.before) : '') },
  { title: 'AFTER', cell: row => (row.kind === 'placement' ? podsText(row.after) : '') },
]

/** As in a diff: came, went, changed. */
function signOf(row: Row): string {
  if (row.kind !== 'placement') return { added: '+', removed: '-', replaced: '~' }[row.change]
  return row.before.length === 0 ? '+' : row.after.length === 0 ? '-' : '~'
}

const podsText = (pods: Extract<Difference, { kind: 'placement' }>['before']): string =>
  oneLine(pods.map(({ pod, revision }) => `${pod} (${revision ?? '-'})`).join(', ') || '-')
