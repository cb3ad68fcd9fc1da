import type { Churn } from '@rollcall/contracts/api'
import { shortDuration } from '../output/duration.ts'
import { printList } from '../output/format.ts'
import { type Column, oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { scopeOf } from './scope.ts'
import { askSpan, type SpanOptions } from './span.ts'

type Row = Churn & { readonly cluster: string }

/** `rollcall get churn [[NAMESPACE/]NAME]`: where pods came most often, the most restless first. */
export async function getChurn(written: string | undefined, options: SpanOptions, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  const answers = await askSpan('churn', written, options, {}, scope, ports)
  const rows: Row[] = answers
    .flatMap(({ cluster, items }) => items.map(item => ({ cluster, ...item })))
    .sort((a, b) => b.pods - a.pods)
  await printList({ rows, columns, what: 'pods that came in that time' }, scope.format, ports)
}

const columns: Column<Row>[] = [
  { title: 'CLUSTER', cell: ({ cluster }) => oneLine(cluster) },
  { title: 'NODE', cell: ({ node }) => oneLine(node) },
  { title: 'NAMESPACE', cell: ({ daemonSet }) => oneLine(daemonSet.namespace) },
  { title: 'DAEMONSET', cell: ({ daemonSet }) => oneLine(daemonSet.name) },
  { title: 'PODS', cell: ({ pods }) => String(pods) },
  { title: 'NEVER READY', cell: ({ neverReady }) => String(neverReady) },
  { title: 'SHORTEST', cell: ({ shortestMs }) => (shortestMs === null ? '-' : shortDuration(shortestMs)) },
  {
    title: 'ENDED BY',
    cell: ({ causes }) =>
      oneLine(
        Object.entries(causes)
          .sort(([, a], [, b]) => b - a)
          .map(([cause, count]) => `${cause} (${count})`)
          .join(', ') || '-',
      ),
  },
]
