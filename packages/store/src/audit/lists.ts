import { run, type Session, type Statement } from '../sql/statement.ts'
import type {
  AuditStore,
  DaemonSetsAsked,
  NodesAsked,
  PageKey,
  PageRequest,
  PlacementsAsked,
  Slice,
} from './audit-store.ts'
import { selectClusters } from './sql/clusters.ts'
import { selectCommandsUnderWay } from './sql/commands-under-way.ts'
import { daemonSetKey, selectDaemonSets } from './sql/daemonsets.ts'
import { holdKey, selectHolds } from './sql/holds.ts'
import { daemonSetUids } from './sql/incarnations.ts'
import { nodeKey, selectNodes } from './sql/nodes.ts'
import { placementPageKey, selectPlacements } from './sql/placements.ts'

/** The lists: each one statement, cut into pages by the key of its order. */

async function slice<Params extends { readonly limit: number }, T>(
  session: Session,
  statement: Statement<Params, T>,
  params: Params,
  keyOf: (item: T) => PageKey,
): Promise<Slice<T>> {
  return cut(await run(session, statement, params), params.limit, keyOf)
}

/** A page of rows of which one more was read than wanted. */
export function cut<T>(rows: readonly T[], limit: number, keyOf: (item: T) => PageKey): Slice<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next: rows.length > limit && last !== undefined ? keyOf(last) : null }
}

export function clusterSlice(
  session: Session,
  { cluster }: Parameters<AuditStore['clusters']>[0],
  page: PageRequest,
): ReturnType<AuditStore['clusters']> {
  return slice(session, selectClusters, { clusters: cluster ?? null, ...page }, ({ name }) => [name])
}

export function nodeSlice(
  session: Session,
  { cluster, name, labels, presence }: NodesAsked,
  page: PageRequest,
): ReturnType<AuditStore['nodes']> {
  const filters = { clusters: cluster ?? null, names: name ?? null, labels, isPresent: presence === 'current' }
  return slice(session, selectNodes, { ...filters, ...page }, nodeKey)
}

export function daemonSetSlice(
  session: Session,
  { cluster, namespace, name, labels, presence }: DaemonSetsAsked,
  page: PageRequest,
): ReturnType<AuditStore['daemonSets']> {
  const filters = {
    clusters: cluster ?? null,
    namespaces: namespace ?? null,
    names: name ?? null,
    labels,
    isPresent: presence === 'current',
  }
  return slice(session, selectDaemonSets, { ...filters, ...page }, daemonSetKey)
}

export async function placementSlice(
  session: Session,
  asked: PlacementsAsked,
  page: PageRequest,
): ReturnType<AuditStore['placements']> {
  const { cluster, namespace, daemonSet, node, name, cause, labels, podLabels = [], at, from, to } = asked
  const isTimed = at !== undefined || from !== undefined || to !== undefined
  const isOpen = (asked.presence ?? (isTimed ? 'all' : 'current')) === 'current'
  const names = { clusters: cluster ?? null, namespaces: namespace ?? null, names: daemonSet ?? null }
  // The past of one DaemonSet is found by its uids; and which have pods with such labels.
  const byUid = podLabels.length > 0 || (daemonSet !== undefined && !isOpen)
  const uids = byUid ? await run(session, daemonSetUids, { ...names, podLabels }) : []
  const filters = {
    clusters: names.clusters,
    namespaces: names.namespaces,
    daemonSets: names.names,
    daemonSetUids: podLabels.length > 0 || uids.length > 0 ? uids : null,
    nodes: node ?? null,
    pods: name ?? null,
    causes: cause ?? null,
    labels,
    isOpen,
    openedUntil: at !== undefined ? new Date(at) : to !== undefined ? new Date(Date.parse(to) - 1) : null,
    closedAfter: at !== undefined ? new Date(at) : from !== undefined ? new Date(from) : null,
  }
  return await slice(session, selectPlacements, { ...filters, ...page }, placementPageKey)
}

export async function commandsUnderWaySlice(
  session: Session,
  cluster: string,
  page: PageRequest,
): ReturnType<AuditStore['commandsUnderWay']> {
  const rows = await run(session, selectCommandsUnderWay, { cluster, ...page })
  const { items, next } = cut(rows, page.limit, ({ key }) => key)
  return { items: items.map(({ command }) => command), next }
}

export function holdSlice(
  session: Session,
  { cluster, hold, state, daemonSet }: Parameters<AuditStore['holds']>[0],
  page: PageRequest,
): ReturnType<AuditStore['holds']> {
  const filters = { clusters: cluster ?? null, id: hold ?? null, states: state ?? null, daemonSets: daemonSet ?? null }
  return slice(session, selectHolds, { ...filters, ...page }, holdKey)
}
