import { gapsMax, type SlotCoverage } from '@rollcall/contracts/api'
import type { QueryResultRow } from 'pg'
import type { Statement } from '../../sql/statement.ts'
import type { PageKey } from '../audit-store.ts'
import { instant } from './columns.ts'
import { isAnyOf, oneMore } from './page.ts'
import type { SpanParams } from './span.ts'

/** A slot of the page (null: there is none behind), and the sums over all slots. */
export type CoverageRow = {
  readonly slot: SlotCoverage | null
  readonly total: { readonly slots: number; readonly expectedMs: number; readonly uncoveredMs: number }
}

const lengthMs = (ranges: string): string => `
        coalesce((select sum(extract(epoch from upper(part) - lower(part))) * 1000 from unnest(${ranges}) as part), 0)::float8`

/**
 * Per slot: the time it should have had a pod (standing verdict `shouldRun`, while node and DaemonSet are there), less the
 * time it had one (first ready until its containers ended for good, or it was gone).
 */
export const selectCoverage: Statement<SpanParams, CoverageRow> = {
  name: 'audit_coverage',
  text: `
    with asked as (
      select uid, namespace, name, first_at,
        least(gone_at, to_timestamp((facts ->> 'deletedAt')::float8 / 1000)) as ended_at
      from daemonsets
      where cluster = $1 and ${isAnyOf('namespace', '$2')} and ${isAnyOf('name', '$3')} and first_at < $6
    ),
    verdicts as (
      select d.daemonset_uid, d.node, d.verdict, d.at,
        lead(d.at, 1, $6::timestamptz) over (
          partition by d.daemonset_uid, d.node order by d.position, d.point, d.seq
        ) as until
      from decisions d
      where d.cluster = $1 and d.daemonset_uid in (select uid from asked) and d.node is not null
        and ${isAnyOf('d.node', '$4')} and d.at < $6
    ),
    wanted as (
      select daemonset_uid, node, range_agg(tstzrange(greatest(at, $5::timestamptz), least(until, $6))) as times
      from verdicts
      where verdict = 'shouldRun' and until > greatest(at, $5)
      group by daemonset_uid, node
    ),
    alive as (
      select name, range_agg(tstzrange(first_at, gone_at)) as times
      from nodes
      where cluster = $1 and name in (select node from wanted)
      group by name
    ),
    had as (
      select daemonset_uid, node, range_agg(tstzrange(ready_at, least(finished_at, closed_at))) as times
      from placements
      where cluster = $1 and daemonset_uid in (select uid from asked) and ${isAnyOf('node', '$4')}
        and ready_at < coalesce(least(finished_at, closed_at), 'infinity')
        and ready_at < $6 and coalesce(closed_at, 'infinity'::timestamptz) > $5
      group by daemonset_uid, node
    ),
    expected as (
      select w.node, a.namespace, a.name, a.uid,
        w.times * alive.times * tstzmultirange(
          tstzrange(a.first_at, case when a.ended_at is null then 'infinity' else greatest(a.first_at, a.ended_at) end)
        ) as times,
        coalesce(had.times, '{}') as had
      from wanted w
      join asked a on a.uid = w.daemonset_uid
      join alive on alive.name = w.node
      left join had on had.daemonset_uid = w.daemonset_uid and had.node = w.node
    ),
    measured as (
      select node, namespace, name, uid, times - had as gaps,
        ${lengthMs('times')} as expected_ms, ${lengthMs('times - had')} as uncovered_ms
      from expected
      where not isempty(times)
    )
    select m.*, t.*,
      (select coalesce(array_agg(lower(gap) order by lower(gap)), '{}')
       from (select gap from unnest(m.gaps) as gap order by 1 limit ${gapsMax}) first) as gaps_from,
      (select coalesce(array_agg(upper(gap) order by lower(gap)), '{}')
       from (select gap from unnest(m.gaps) as gap order by 1 limit ${gapsMax}) first) as gaps_to,
      (select count(*)::int from unnest(m.gaps) as gap) as gaps_total
    from (
      select count(*)::int as slots, coalesce(sum(expected_ms), 0) as all_expected, coalesce(sum(uncovered_ms), 0) as all_uncovered
      from measured
    ) t
    left join lateral (
      select *
      from measured
      where $7::text is null or (node, namespace, name, uid) > ($7, $8::text, $9::text, $10::text)
      order by node, namespace, name, uid
      limit $11
    ) m on true
    order by m.node, m.namespace, m.name, m.uid`,
  values: ({ cluster, namespaces, daemonSets, nodes, from, to, after, limit }) => [
    cluster,
    namespaces,
    daemonSets,
    nodes,
    from,
    to,
    after?.[0] ?? null,
    after?.[1] ?? null,
    after?.[2] ?? null,
    after?.[3] ?? null,
    oneMore(limit),
  ],
  row: columns => ({
    slot: columns.node === null ? null : slotOf(columns),
    total: {
      slots: columns.slots,
      expectedMs: Math.round(columns.all_expected),
      uncoveredMs: Math.round(columns.all_uncovered),
    },
  }),
}

function slotOf(columns: QueryResultRow): SlotCoverage {
  const [expectedMs, uncoveredMs] = [Math.round(columns.expected_ms), Math.round(columns.uncovered_ms)]
  return {
    daemonSet: { namespace: columns.namespace, name: columns.name, uid: columns.uid },
    node: columns.node,
    expectedMs,
    uncoveredMs,
    coverage: shareOf(expectedMs, uncoveredMs),
    gaps: columns.gaps_from.map((from: Date, index: number) => ({
      from: instant(from),
      to: instant(columns.gaps_to[index]),
    })),
    gapsTotal: columns.gaps_total,
  }
}

/** null: nothing was expected. */
export const shareOf = (expectedMs: number, uncoveredMs: number): number | null =>
  expectedMs === 0 ? null : 1 - uncoveredMs / expectedMs

export const coverageKey = ({ node, daemonSet }: SlotCoverage): PageKey => [
  node,
  daemonSet.namespace,
  daemonSet.name,
  daemonSet.uid,
]
