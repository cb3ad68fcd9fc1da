import type { NodeRecord } from '@rollcall/contracts/api'
import { shortDuration } from '../output/duration.ts'
import { printList } from '../output/format.ts'
import { type Column, oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { taintText } from '../sentences/changes.ts'
import { type QueryOptions, type Scope, scopeOf, unknownName } from './scope.ts'

export type GetOptions = QueryOptions & { readonly selector?: string; readonly gone?: boolean }

/** `rollcall get nodes [NAME…]` */
export async function getNodes(names: readonly string[], options: GetOptions, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  const rows = await scope.client.all('nodes', {
    cluster: scope.clusters,
    name: names.length > 0 ? [...names] : undefined,
    labelSelector: options.selector,
    presence: options.gone ? 'all' : 'current',
  })
  for (const name of names) {
    if (!rows.some(node => node.name === name)) throw await unknownNode(name, scope)
  }
  await printList({ rows, columns: nodeColumns(ports.now()), what: 'nodes' }, scope.format, ports)
}

export async function unknownNode(name: string, scope: Scope): Promise<Error> {
  const known = await scope.client.all('nodes', { cluster: scope.clusters })
  return unknownName(
    'node',
    name,
    scope,
    known.map(node => node.name),
    'rollcall get nodes',
  )
}

const ageText = (instant: string | undefined, now: number): string =>
  instant === undefined ? '-' : shortDuration(now - Date.parse(instant))

/** `Ready,SchedulingDisabled`, as kubectl writes it. */
export function nodeStatus({ ready, unschedulable, goneAt = null }: NodeRow): string {
  if (goneAt !== null) return 'Gone'
  return `${ready === null ? 'Unknown' : ready ? 'Ready' : 'NotReady'}${unschedulable ? ',SchedulingDisabled' : ''}`
}

/** A node as it is listed, now or as of an earlier moment: then nothing is told of its history. */
type NodeRow = Omit<NodeRecord, 'firstSeenAt' | 'lastChangedAt' | 'lastPosition' | 'goneAt' | 'inferred'> &
  Partial<Pick<NodeRecord, 'lastChangedAt' | 'goneAt'>>

export const nodeColumns = (now: number): Column<NodeRow>[] => [
  { title: 'CLUSTER', cell: ({ cluster }) => oneLine(cluster) },
  { title: 'NAME', cell: ({ name }) => oneLine(name) },
  { title: 'STATUS', cell: nodeStatus },
  { title: 'DAEMON PODS', cell: ({ pods }) => `${pods.ready}/${pods.total}` },
  { title: 'AGE', cell: ({ createdAt }) => shortDuration(now - Date.parse(createdAt)) },
  { title: 'CHANGED', cell: ({ lastChangedAt }) => ageText(lastChangedAt, now), isWide: true },
  { title: 'TAINTS', cell: ({ taints }) => oneLine(taints.map(taintText).join(',') || '<none>'), isWide: true },
  {
    title: 'LABELS',
    cell: ({ labels }) =>
      oneLine(
        Object.entries(labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(',') || '<none>',
      ),
    isWide: true,
  },
]
