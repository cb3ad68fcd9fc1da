import type { Churn } from '@rollcall/contracts/api'
import type { Statement } from '../../sql/statement.ts'
import type { PageKey } from '../audit-store.ts'
import { isAnyOf } from './page.ts'
import { type SpanParams, spanValues } from './span.ts'

/** Slots in which pods came, the most restless first. */
export const selectChurn: Statement<SpanParams, Churn> = {
  name: 'audit_churn',
  text: `
    with came as (
      select *, closed_at < $6 and closed_position <= $8 as has_ended
      from placements
      where cluster = $1 and opened_at >= $5 and opened_at < $6 and opened_position <= $8
        and ${isAnyOf('daemonset_namespace', '$2')} and ${isAnyOf('daemonset_name', '$3')} and ${isAnyOf('node', '$4')}
    ),
    slots as (
      select node, daemonset_namespace as namespace, daemonset_name as name, daemonset_uid as uid, count(*)::int as pods,
        (count(*) filter (where has_ended and ready_at is null))::int as never_ready,
        min(extract(epoch from closed_at - opened_at) * 1000) filter (where has_ended) as shortest_ms
      from came
      group by node, daemonset_namespace, daemonset_name, daemonset_uid
    ),
    page as (
      select *
      from slots
      where $9::int4 is null or (-pods, node, namespace, name, uid) > ($9, $10::text, $11::text, $12::text, $13::text)
      order by -pods, node, namespace, name, uid
      limit $7
    )
    select page.*, coalesce(why.causes, '{}') as causes
    from page
    left join lateral (
      select jsonb_object_agg(cause, ended) as causes
      from (
        select coalesce(close_cause, 'unknown') as cause, count(*)::int as ended
        from came
        where came.node = page.node and came.daemonset_uid = page.uid and has_ended
        group by 1
      ) c
    ) why on true
    order by -pods, node, namespace, name, uid`,
  values: params => [
    ...spanValues(params),
    params.upTo ?? Number.MAX_SAFE_INTEGER,
    ...(params.after ?? [null, null, null, null, null]),
  ],
  row: ({ node, namespace, name, uid, pods, never_ready, shortest_ms, causes }) => ({
    node,
    daemonSet: { namespace, name, uid },
    pods,
    neverReady: never_ready,
    shortestMs: shortest_ms === null ? null : Math.max(0, Math.round(Number(shortest_ms))),
    causes,
  }),
}

export const churnKey = ({ pods, node, daemonSet }: Churn): PageKey => [
  -pods,
  node,
  daemonSet.namespace,
  daemonSet.name,
  daemonSet.uid,
]
