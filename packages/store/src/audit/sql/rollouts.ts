import { type Rollout, slowNodesMax } from '@rollcall/contracts/api'
import type { Statement } from '../../sql/statement.ts'
import type { PageKey } from '../audit-store.ts'
import { instant, instantOrNull } from './columns.ts'
import { oneMore } from './page.ts'

type Params = {
  readonly cluster: string
  readonly daemonSetUids: readonly string[]
  readonly from: Date | null
  readonly to: Date | null
  readonly after: PageKey | null
  readonly limit: number
}

/**
 * Rollouts, newest first. In the order in which pods were decided on, each run of one revision hash is a rollout: new pods
 * always get the present revision. It starts with its ControllerRevision, the first pod that made room for it, or its first pod,
 * whichever came first. Its nodes are those that had an earlier pod then; of the first rollout the nodes that were there. A node is
 * done when a pod of it was first ready and the earlier ones are gone, or when the node is gone.
 */
export const selectRollouts: Statement<Params, Rollout> = {
  name: 'audit_rollouts',
  text: `
    with placed as (
      select p.*, coalesce(c.position, p.opened_position) as began_position, coalesce(c.issued_at, p.opened_at) as began_at,
        case when p.close_cause like 'rollout-%' or p.close_cause like 'surge-%'
          then coalesce(e.issued_at, p.terminating_at, p.closed_at) end as made_room_at
      from placements p
      left join commands c on c.id = p.opened_by
      left join commands e on e.id = p.closed_by
      where p.cluster = $1 and p.daemonset_uid = any($2::text[])
    ),
    marked as (
      select *,
        concat(daemonset_uid, '/', revision_hash) is distinct from
          lag(concat(daemonset_uid, '/', revision_hash)) over (order by began_position, pod_uid) as is_first,
        lag(made_room_at) over (partition by daemonset_uid, node order by began_position, pod_uid) as got_room_at
      from placed
    ),
    numbered as (
      select *, count(*) filter (where is_first) over (order by began_position, pod_uid) as rollout
      from marked
    ),
    begun as (
      select rollout, daemonset_uid, revision_hash,
        min(began_position) as started_position, min(began_at) as began_at, min(got_room_at) as got_room_at,
        count(*)::int as pods,
        (count(*) filter (where ready_at is null and (closed_at is not null or phase = 'Failed')))::int as failed,
        lag(min(began_at)) over (order by rollout) as earlier_began_at
      from numbered
      group by rollout, daemonset_uid, revision_hash
    ),
    started as (
      select b.*, least(
          b.began_at,
          b.got_room_at,
          case when b.earlier_began_at is null or r.first_at > b.earlier_began_at then r.first_at end
        ) as started_at
      from begun b
      left join lateral (
        select min(first_at) as first_at
        from revisions
        where cluster = $1 and owner_uid = b.daemonset_uid
          and facts -> 'labels' ->> 'controller-revision-hash' = b.revision_hash
      ) r on true
    ),
    rollouts as (
      select *, lead(started_at) over (order by rollout) as superseded_at from started
    ),
    page as (
      select *
      from rollouts
      where ($3::int8 is null or started_position < $3)
        and ($5::timestamptz is null or coalesce(superseded_at, 'infinity') > $5)
        and ($6::timestamptz is null or started_at < $6)
      order by rollout desc
      limit $4
    ),
    members as (
      select r.rollout, old.node, max(coalesce(old.closed_at, 'infinity')) as old_until
      from page r
      join numbered old on old.rollout < r.rollout
        and old.daemonset_uid = r.daemonset_uid
        and old.began_at <= r.started_at
        and coalesce(old.closed_at, 'infinity') >= r.started_at
      group by r.rollout, old.node
      union all
      select r.rollout, n.name, '-infinity'
      from page r
      join nodes n on n.cluster = $1 and n.first_at <= r.started_at and coalesce(n.gone_at, 'infinity') > r.started_at
      where not exists (
          select from rollouts earlier where earlier.rollout < r.rollout and earlier.daemonset_uid = r.daemonset_uid
        )
        and exists (select from numbered own where own.rollout = r.rollout and own.node = n.name)
    ),
    ready as (
      select rollout, node, min(ready_at) as ready_at
      from numbered
      where rollout in (select rollout from page)
      group by rollout, node
    ),
    done as (
      select m.rollout, m.node,
        case
          when ready.ready_at is not null then greatest(ready.ready_at, m.old_until)
          when gone.gone_at is not null then greatest(gone.gone_at, m.old_until)
          else 'infinity'
        end as done_at
      from members m
      left join ready on ready.rollout = m.rollout and ready.node = m.node
      left join lateral (
        select max(gone_at) as gone_at
        from nodes
        where cluster = $1 and name = m.node
        having bool_and(gone_at is not null)
      ) gone on true
    ),
    summed as (
      select r.*,
        coalesce(d.nodes, 0) as nodes,
        coalesce(d.last, r.started_at) as last,
        coalesce(d.nodes_done, 0) as nodes_done,
        coalesce(d.slowest, '[]') as slowest
      from page r
      left join lateral (
        select count(*)::int as nodes,
          max(done_at) as last,
          (count(*) filter (where done_at < coalesce(r.superseded_at, 'infinity')))::int as nodes_done,
          (select jsonb_agg(jsonb_build_object('node', slow.node, 'tookMs', slow.took_ms))
           from (
             select node,
               case when done_at < coalesce(r.superseded_at, 'infinity')
                 then round(extract(epoch from done_at - r.started_at) * 1000) end as took_ms
             from done
             where rollout = r.rollout
             order by done_at desc, node
             limit ${slowNodesMax}
           ) slow) as slowest
        from done
        where rollout = r.rollout
      ) d on true
    )
    select *, case when last < coalesce(superseded_at, 'infinity') then last end as finished_at
    from summed
    order by rollout desc`,
  values: ({ cluster, daemonSetUids, from, to, after, limit }) => [
    cluster,
    daemonSetUids,
    after?.[0] ?? null,
    oneMore(limit),
    from,
    to,
  ],
  row: columns => {
    const finishedAt: Date | null = columns.finished_at
    return {
      revision: columns.revision_hash,
      startedAt: instant(columns.started_at),
      startedPosition: Number(columns.started_position),
      finishedAt: instantOrNull(finishedAt),
      durationMs: finishedAt === null ? null : Math.max(0, finishedAt.getTime() - columns.started_at.getTime()),
      state: finishedAt !== null ? 'finished' : columns.superseded_at !== null ? 'superseded' : 'inProgress',
      nodes: { total: columns.nodes, done: columns.nodes_done },
      pods: { total: columns.pods, failed: columns.failed },
      slowest: columns.slowest,
    }
  },
}

export const rolloutKey = ({ startedPosition }: Rollout): PageKey => [startedPosition]
