import type { Misplaced } from '@rollcall/contracts/api'
import { placementColumns } from '../../sql/placement-columns.ts'
import type { Statement } from '../../sql/statement.ts'
import type { PageKey } from '../audit-store.ts'
import { instant } from './columns.ts'
import { isAnyOf } from './page.ts'
import { placementRecord } from './placement-record.ts'
import { type SpanParams, spanValues } from './span.ts'

/**
 * Pods that were on a node while the standing decision said `shouldNotRun`: from the first such decision within its life and
 * the span, the time that they overlap. Decisions are looked up slot by slot: the few that say so are found by themselves first.
 */
export const selectMisplaced: Statement<SpanParams & { readonly overMs: number }, Misplaced> = {
  name: 'audit_misplaced',
  text: `
    with slots as (
      select distinct node, daemonset_uid
      from decisions
      where cluster = $1 and verdict = 'shouldNotRun' and node is not null and at < $6
        and ${isAnyOf('daemonset_namespace', '$2')} and ${isAnyOf('daemonset_name', '$3')} and ${isAnyOf('node', '$4')}
    ),
    verdicts as (
      select d.node, d.daemonset_uid, d.verdict, d.rule, d.at,
        lead(d.at, 1, $6::timestamptz) over (
          partition by d.daemonset_uid, d.node order by d.position, d.point, d.seq
        ) as until
      from slots s
      join decisions d on d.cluster = $1 and d.node = s.node and d.daemonset_uid = s.daemonset_uid and d.at < $6
    ),
    stays as (
      select p.cluster, p.pod_uid, p.opened_position, min(greatest(v.at, p.opened_at, $5)) as began,
        max(least(v.until, coalesce(p.closed_at, 'infinity'), $6)) as ended,
        sum(extract(epoch from least(v.until, coalesce(p.closed_at, 'infinity'), $6) - greatest(v.at, p.opened_at, $5)) * 1000)::float8
          as misplaced_ms,
        (array_agg(v.rule order by v.at desc))[1] as why
      from verdicts v
      join placements p on p.cluster = $1 and p.node = v.node and p.daemonset_uid = v.daemonset_uid
        and p.opened_at < least(v.until, $6) and coalesce(p.closed_at, 'infinity'::timestamptz) > greatest(v.at, $5::timestamptz)
      where v.verdict = 'shouldNotRun' and v.until > $5
      group by p.cluster, p.pod_uid, p.opened_position
    )
    select ${placementColumns}, began, ended, misplaced_ms, why
    from stays
    join placements p using (cluster, pod_uid, opened_position)
    where misplaced_ms > $8
      and ($9::text is null or (node, opened_position, pod_uid) > ($9, $10::int8, $11::text))
    order by node, opened_position, pod_uid
    limit $7`,
  values: params => [...spanValues(params), params.overMs, ...(params.after ?? [null, null, null])],
  row: columns => ({
    placement: placementRecord(columns),
    misplacedMs: Math.round(columns.misplaced_ms),
    from: instant(columns.began),
    to: instant(columns.ended),
    rule: columns.why,
  }),
}

export const misplacedKey = ({ placement }: Misplaced): PageKey => [
  placement.node,
  placement.openedPosition,
  placement.pod.uid,
]
