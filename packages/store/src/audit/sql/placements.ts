import type { Requirement } from '@rollcall/contracts'
import type { Placement } from '@rollcall/contracts/api'
import { placementColumns } from '../../sql/placement-columns.ts'
import type { Statement } from '../../sql/statement.ts'
import type { PageKey } from '../audit-store.ts'
import { isAnyOf, isOpen, labelsMatch, oneMore } from './page.ts'
import { placementRecord } from './placement-record.ts'

type Params = {
  readonly clusters: readonly string[] | null
  readonly namespaces: readonly string[] | null
  readonly daemonSets: readonly string[] | null
  /** uids of the DaemonSets asked for, where they make the search shorter. */
  readonly daemonSetUids: readonly string[] | null
  readonly nodes: readonly string[] | null
  readonly pods: readonly string[] | null
  readonly causes: readonly string[] | null
  readonly labels: readonly Requirement[]
  /** Only those open now. */
  readonly isOpen: boolean
  /** Only those opened by then, the instant included. */
  readonly openedUntil: Date | null
  /** Only those that closed after this, or not at all. */
  readonly closedAfter: Date | null
  readonly after: PageKey | null
  readonly limit: number
}

/** Placements by cluster, node, position of opening, and pod. */
export const selectPlacements: Statement<Params, Placement> = {
  name: 'audit_placements',
  text: `
    select ${placementColumns}
    from placements p
    where ${isAnyOf('cluster', '$1')}
      and ${isAnyOf('daemonset_namespace', '$2')}
      and ${isAnyOf('daemonset_name', '$3')}
      and ${isAnyOf('daemonset_uid', '$4')}
      and ${isAnyOf('node', '$5')}
      and ${isAnyOf('pod_name', '$6')}
      and ${isAnyOf('close_cause', '$7')}
      and ($8::jsonb = '[]' or (cluster, node) in (
        select cluster, name
        from nodes seen
        where ${labelsMatch(`(facts -> 'labels')`, '$8')}
          and not exists (
            select from nodes later
            where later.cluster = seen.cluster and later.name = seen.name and later.first_position > seen.first_position
          )
      ))
      and (not $9 or ${isOpen('p')})
      and ($10::timestamptz is null or opened_at <= $10)
      and ($11::timestamptz is null or coalesce(closed_at, 'infinity'::timestamptz) > $11)
      and ($12::text is null or (cluster, node, opened_position, pod_uid) > ($12, $13::text, $14::int8, $15::text))
    order by cluster, node, opened_position, pod_uid
    limit $16`,
  values: params => [
    params.clusters,
    params.namespaces,
    params.daemonSets,
    params.daemonSetUids,
    params.nodes,
    params.pods,
    params.causes,
    JSON.stringify(params.labels),
    params.isOpen,
    params.openedUntil,
    params.closedAfter,
    params.after?.[0] ?? null,
    params.after?.[1] ?? null,
    params.after?.[2] ?? null,
    params.after?.[3] ?? null,
    oneMore(params.limit),
  ],
  row: placementRecord,
}

export const placementPageKey = ({ cluster, node, openedPosition, pod }: Placement): PageKey => [
  cluster,
  node,
  openedPosition,
  pod.uid,
]
