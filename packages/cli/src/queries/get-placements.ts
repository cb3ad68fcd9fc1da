import type { Placement, RecordBegins } from '@rollcall/contracts/api'
import { localTime, shortDuration } from '../output/duration.ts'
import { printList } from '../output/format.ts'
import { type Column, oneLine } from '../output/table.ts'
import { timeArgument } from '../output/time-argument.ts'
import type { Ports } from '../ports.ts'
import { sayBeginsLater } from './archived.ts'
import type { GetOptions } from './get-nodes.ts'
import { namespacesOf, type Scope, scopeOf, splitName, unknownName } from './scope.ts'

export type PlacementOptions = GetOptions & {
  readonly daemonset?: string
  readonly podSelector?: string
  readonly node?: readonly string[]
  readonly cause?: readonly string[]
  readonly at?: string
  readonly from?: string
  readonly to?: string
}

/** `rollcall get placements [POD…]`: what runs, or ran, where. */
export async function getPlacements(names: readonly string[], options: PlacementOptions, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  const time = (name: 'at' | 'from' | 'to') => {
    const text = options[name]
    return text === undefined ? undefined : timeArgument(`--${name}`, text, ports.now())
  }
  const daemonSet = options.daemonset
  const query = {
    cluster: scope.clusters,
    namespace: daemonSet === undefined ? scope.namespaces : namespacesOf(daemonSet, scope),
    daemonSet: daemonSet === undefined ? undefined : [splitName(daemonSet).name],
    node: options.node ? [...options.node] : undefined,
    name: names.length > 0 ? names.map(name => splitName(name).name) : undefined,
    cause: options.cause ? [...options.cause] : undefined,
    labelSelector: options.selector,
    podLabelSelector: options.podSelector,
    at: time('at'),
    from: time('from'),
    to: time('to'),
    presence: options.gone || options.cause ? 'all' : undefined,
  } as const
  let later: readonly RecordBegins[] = []
  const rows = await scope.client.all('placements', query, {}, page => {
    later = page.beginsLater ?? []
  })
  for (const written of names) {
    const { name } = splitName(written)
    if (!rows.some(({ pod }) => pod.name === name)) throw await unknownPod(written, scope)
  }
  sayBeginsLater(later, ports)
  await printList({ rows, columns: placementColumns(ports.now()), what: 'placements' }, scope.format, ports)
}

export async function unknownPod(written: string, scope: Scope): Promise<Error> {
  const known = await scope.client.all('placements', { cluster: scope.clusters, presence: 'all' })
  return unknownName(
    'pod',
    splitName(written).name,
    scope,
    known.map(({ pod }) => pod.name),
    'rollcall get placements --gone',
  )
}

/** A placement as it is listed, now or as of an earlier moment. */
export type PlacementRow = Omit<Placement, 'openedPosition' | 'boundAt' | 'finishedAt' | 'ending'>

export function placementState({ phase, ready, terminatingAt, closed, provisional }: PlacementRow): string {
  if (closed !== null) return 'Ended'
  if (terminatingAt !== null) return 'Terminating'
  if (provisional) return 'Created'
  return phase === 'Running' ? (ready ? 'Ready' : 'NotReady') : phase || 'Unknown'
}

const timeOr = (instant: string | null): string => (instant === null ? '-' : localTime(Date.parse(instant)))

export const placementColumns = (now: number): Column<PlacementRow>[] => [
  { title: 'CLUSTER', cell: ({ cluster }) => oneLine(cluster) },
  { title: 'NODE', cell: ({ node }) => oneLine(node) },
  { title: 'NAMESPACE', cell: ({ namespace }) => oneLine(namespace) },
  { title: 'DAEMONSET', cell: ({ daemonSet }) => oneLine(daemonSet.name) },
  { title: 'POD', cell: ({ pod }) => oneLine(pod.name) },
  { title: 'STATE', cell: placementState },
  // How long it has been there, or was.
  {
    title: 'AGE',
    cell: ({ openedAt, closed }) => shortDuration((closed ? Date.parse(closed.at) : now) - Date.parse(openedAt)),
  },
  { title: 'OPENED', cell: ({ openedAt }) => timeOr(openedAt), isWide: true },
  { title: 'READY', cell: ({ readyAt }) => timeOr(readyAt), isWide: true },
  { title: 'ENDED', cell: ({ closed }) => timeOr(closed?.at ?? null), isWide: true },
  { title: 'CAUSE', cell: ({ closed }) => oneLine(closed?.cause ?? '-'), isWide: true },
  { title: 'REVISION', cell: ({ revision }) => revision ?? '-', isWide: true },
]
