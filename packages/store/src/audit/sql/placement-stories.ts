import type { Placement } from '@rollcall/contracts/api'
import { placementColumns } from '../../sql/placement-columns.ts'
import type { Statement } from '../../sql/statement.ts'
import type { HistoryPlace } from '../audit-store.ts'
import { bothWays, isOpen, oneMore } from './page.ts'
import { placementRecord } from './placement-record.ts'
import { ranks } from './ranks.ts'

/** The placements of a pod's name, newest first. */
export const placementsOfPod: Statement<{ cluster: string; namespace: string; pod: string; limit: number }, Placement> =
  {
    name: 'audit_pod_placements',
    text: `
    select ${placementColumns}
    from placements
    where pod_name = $1 and cluster = $2 and daemonset_namespace = $3
    order by opened_position desc, pod_uid
    limit $4`,
    values: ({ cluster, namespace, pod, limit }) => [pod, cluster, namespace, limit],
    row: placementRecord,
  }

/** What tells a placement: its pod, and the position at which it opened. */
export type PlacementKey = { readonly podUid: string; readonly position: number }

/** These placements. */
export const placementsAt: Statement<{ cluster: string; keys: readonly PlacementKey[] }, Placement> = {
  name: 'audit_placements_at',
  text: `
    select ${placementColumns}
    from placements
    where cluster = $1 and (pod_uid, opened_position) in (select * from unnest($2::text[], $3::int8[]))`,
  values: ({ cluster, keys }) => [cluster, keys.map(({ podUid }) => podUid), keys.map(({ position }) => position)],
  row: placementRecord,
}

type OnNode = { readonly cluster: string; readonly node: string; readonly daemonSetUids: readonly string[] }
const onNode = ({ cluster, node, daemonSetUids }: OnNode) => [cluster, node, daemonSetUids]

/** What runs on a node now, of these DaemonSets. */
export const openOnNode: Statement<OnNode, Placement> = {
  name: 'audit_open_on_node',
  text: `
    select ${placementColumns}
    from placements p
    where cluster = $1 and node = $2 and daemonset_uid = any($3::text[]) and ${isOpen('p')}
    order by opened_position, pod_uid`,
  values: onNode,
  row: placementRecord,
}

/** The last placement on a node that ended, of each of these DaemonSets. */
export const lastOnNode: Statement<OnNode, Placement> = {
  name: 'audit_last_on_node',
  text: `
    select distinct on (daemonset_uid) ${placementColumns}
    from placements
    where cluster = $1 and node = $2 and daemonset_uid = any($3::text[]) and closed_at is not null
    order by daemonset_uid, closed_position desc, pod_uid`,
  values: onNode,
  row: placementRecord,
}

/** Which placements belong to a story. */
const belongs = {
  node: 'cluster = $4 and node = $5',
  daemonSet: 'cluster = $4 and daemonset_uid = any($5::text[])',
  pod: 'cluster = $4 and pod_name = $5 and daemonset_namespace = $6',
} as const

/** `of`: whose story; the parameters from `$4` on. */
type Params = { readonly from: HistoryPlace; readonly limit: number; readonly of: readonly unknown[] }

const stories = (kind: keyof typeof belongs, end: 'opened' | 'closed') =>
  bothWays<Params, Placement>(
    `audit_${kind}_${end}`,
    ({ behind, from, order }) => `
    select ${placementColumns}
    from placements
    where ${belongs[kind]}
      and ${end}_position ${from} $1
      and (${end}_position, ${ranks[end]}, pod_uid collate "C") ${behind} ($1, $2::int4, $3 collate "C")
    order by ${end}_position ${order}, pod_uid collate "C" ${order}
    limit $${kind === 'pod' ? 7 : 6}`,
    {
      values: ({ from, limit, of }) => [from.position, from.rank, from.tie, ...of, oneMore(limit)],
      row: placementRecord,
    },
  )

export const placementsOf = {
  node: { opened: stories('node', 'opened'), closed: stories('node', 'closed') },
  daemonSet: { opened: stories('daemonSet', 'opened'), closed: stories('daemonSet', 'closed') },
  pod: { opened: stories('pod', 'opened'), closed: stories('pod', 'closed') },
} as const
