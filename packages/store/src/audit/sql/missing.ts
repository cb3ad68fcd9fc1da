import type { Statement } from '../../sql/statement.ts'
import type { PageKey } from '../audit-store.ts'
import { instant } from './columns.ts'
import type { DecisionKey } from './decisions.ts'
import { isAnyOf, oneMore } from './page.ts'
import type { PlacementKey } from './placement-stories.ts'

/** Which incarnation of a DaemonSet was there at a time. */
export const daemonSetAt: Statement<
  { cluster: string; namespace: string; name: string; at: Date | null },
  { readonly uid: string }
> = {
  name: 'audit_daemonset_at',
  text: `
    select uid
    from daemonsets
    where cluster = $1 and namespace = $2 and name = $3
      and ($4::timestamptz is null or first_at <= $4)
      and (case when $4::timestamptz is null then gone_at is null else coalesce(gone_at, 'infinity') > $4 end)
    order by first_position desc
    limit 1`,
  values: ({ cluster, namespace, name, at }) => [cluster, namespace, name, at],
  row: ({ uid }) => ({ uid }),
}

type Params = {
  readonly cluster: string
  readonly daemonSetUid: string
  /** null: now. */
  readonly at: Date | null
  readonly isExpectedOnly: boolean
  readonly nodes: readonly string[] | null
  readonly rules: readonly string[] | null
  readonly after: PageKey | null
  readonly limit: number
}

/** A node without a pod, with what stood there by reference. */
export type MissingRow = {
  readonly node: string
  readonly since: string
  readonly decision: DecisionKey | null
  readonly placement: PlacementKey | null
}

/** Nodes by name that are there without an open placement of the DaemonSet. */
export const selectMissing: Statement<Params, MissingRow> = {
  name: 'audit_missing',
  text: `
    select
      n.name as node, greatest(n.first_at, d.first_at, last.closed_at) as since,
      standing.position, standing.point, standing.seq, last.pod_uid, last.opened_position
    from daemonsets d
    join nodes n on n.cluster = d.cluster
    left join lateral (
      select position, point, seq, verdict, rule
      from decisions
      where cluster = n.cluster and node = n.name and daemonset_uid = d.uid
        and ($3::timestamptz is null or at <= $3)
      order by position desc, point desc, seq desc
      limit 1
    ) standing on true
    left join lateral (
      select pod_uid, opened_position, closed_at
      from placements
      where cluster = n.cluster and node = n.name and daemonset_uid = d.uid
        and closed_at <= coalesce($3::timestamptz, 'infinity')
      order by closed_position desc, pod_uid
      limit 1
    ) last on true
    where d.cluster = $1
      and d.uid = $2
      and ($3::timestamptz is null or n.first_at <= $3)
      and (case when $3::timestamptz is null then n.gone_at is null else coalesce(n.gone_at, 'infinity') > $3 end)
      and not exists (
        select
        from placements p
        where p.cluster = n.cluster and p.node = n.name and p.daemonset_uid = d.uid
          and ($3::timestamptz is null or p.opened_at <= $3)
          and (
            case when $3::timestamptz is null then p.closed_at is null
            else coalesce(p.closed_at, 'infinity'::timestamptz) > $3 end
          )
      )
      and (not $4 or standing.verdict = 'shouldRun')
      and ${isAnyOf('n.name', '$7')} and ${isAnyOf('standing.rule', '$8')}
      and ($5::text is null or n.name > $5)
    order by n.name
    limit $6`,
  values: ({ cluster, daemonSetUid, at, isExpectedOnly, nodes, rules, after, limit }) => [
    cluster,
    daemonSetUid,
    at,
    isExpectedOnly,
    after?.[0] ?? null,
    oneMore(limit),
    nodes,
    rules,
  ],
  row: ({ node, since, position, point, seq, pod_uid, opened_position }) => ({
    node,
    since: instant(since),
    decision: position === null ? null : { position: Number(position), point, seq },
    placement: pod_uid === null ? null : { podUid: pod_uid, position: Number(opened_position) },
  }),
}
