import type { Outstanding } from '@rollcall/contracts/api'
import type { Statement } from '../../sql/statement.ts'
import type { PageKey } from '../audit-store.ts'
import { decisionOf } from './decisions.ts'
import { isOpen, oneMore } from './page.ts'

type Params = {
  readonly cluster: string
  readonly daemonSetUid: string
  readonly after: PageKey | null
  readonly limit: number
}

/** Rules by which a pod goes only because it is of another revision (packages/daemonset, decide/rollout.ts). */
const replacing = `(d.rule like 'rollout-%' or d.rule like 'surge-%')`

/**
 * What is outstanding for a DaemonSet that is there, node by node. A replacement that was decided on does not stand for itself:
 * others may have replaced another pod meanwhile, and what tells is the revision. Pods that are being deleted already count as gone.
 */
export const selectOutstanding: Statement<Params, Outstanding> = {
  name: 'audit_outstanding',
  text: `
    with present as (
      select r.facts -> 'labels' ->> 'controller-revision-hash' as hash
      from daemonsets ds
      join revisions r on r.cluster = ds.cluster and r.owner_uid = ds.uid and r.gone_at is null
        and r.facts ->> 'templateDigest' = ds.facts -> 'template' ->> 'digest'
      where ds.cluster = $1 and ds.uid = $2
      order by (r.facts ->> 'revision')::int8 desc
      limit 1
    ),
    slots as (
      select n.name, d.*, pods.live, pods.outdated,
        case
          when pods.live is null and d.verdict = 'shouldRun' then 'missing'
          when pods.live is not null and (d.verdict = 'shouldNotRun' or (d.action = 'delete' and not ${replacing}))
            then 'unwanted'
          when pods.outdated is not null then 'outdated'
        end as what
      from nodes n
      left join lateral (
        select *
        from decisions
        where cluster = n.cluster and node = n.name and daemonset_uid = $2
        order by position desc, point desc, seq desc
        limit 1
      ) d on true
      cross join lateral (
        select jsonb_agg(pod order by pod ->> 'name') as live,
          jsonb_agg(pod order by pod ->> 'name') filter (
            where pod ->> 'revision' is distinct from (select hash from present)
          ) as outdated
        from (
          select jsonb_build_object('name', pod_name, 'uid', pod_uid, 'revision', revision_hash, 'ready', ready) as pod
          from placements p
          where p.cluster = n.cluster and p.node = n.name and p.daemonset_uid = $2
            and p.terminating_at is null and ${isOpen('p')}
        ) found
      ) pods
      where n.cluster = $1 and n.gone_at is null and ($3::text is null or n.name > $3)
    )
    select *
    from slots
    where what is not null
    order by name
    limit $4`,
  values: ({ cluster, daemonSetUid, after, limit }) => [cluster, daemonSetUid, after?.[0] ?? null, oneMore(limit)],
  row: ({ name, what, live, outdated, ...row }) => ({
    node: name,
    what,
    decision: row.position === null ? null : decisionOf(row),
    pods: what === 'missing' ? [] : what === 'outdated' ? outdated : leaving(live, row.facts),
  }),
}

/** All pods of a slot but the one that the decision says is kept. */
const leaving = (live: Outstanding['pods'], facts: { readonly kept?: unknown } | null): Outstanding['pods'] =>
  live.filter(({ name }) => name !== facts?.kept)
