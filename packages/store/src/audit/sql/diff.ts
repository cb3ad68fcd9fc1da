import type { Difference } from '@rollcall/contracts/api'
import type { Statement } from '../../sql/statement.ts'
import type { PageKey } from '../audit-store.ts'
import { isAnyOf } from './page.ts'
import { type SpanParams, spanValues } from './span.ts'

type Row = { readonly difference: Difference; readonly key: PageKey }

/**
 * Only what opened or closed within the span can differ between its ends: two index ranges, however long the record is.
 * Without names of DaemonSets also nodes are told, without names of nodes also DaemonSets.
 */
export const selectDiff: Statement<SpanParams, Row> = {
  name: 'audit_diff',
  text: `
    with moved as (
      select *, opened_at <= $5 as is_before, coalesce(closed_at, 'infinity'::timestamptz) > $6 as is_after
      from placements
      where cluster = $1 and opened_at <= $6
        and ((opened_at > $5) or (closed_at > $5 and closed_at <= $6))
        and ${isAnyOf('daemonset_namespace', '$2')} and ${isAnyOf('daemonset_name', '$3')} and ${isAnyOf('node', '$4')}
    ),
    slots as (
      select 3 as rank, node, daemonset_namespace as namespace, daemonset_name as name, daemonset_uid as uid,
        coalesce(jsonb_agg(jsonb_build_object('pod', pod_name, 'uid', pod_uid, 'revision', revision_hash)
          order by opened_position) filter (where is_before), '[]') as before,
        coalesce(jsonb_agg(jsonb_build_object('pod', pod_name, 'uid', pod_uid, 'revision', revision_hash)
          order by opened_position) filter (where is_after), '[]') as after,
        null as change
      from moved
      where is_before <> is_after
      group by node, daemonset_namespace, daemonset_name, daemonset_uid
    ),
    changed_nodes as (
      select 1 as rank, name as node, '' as namespace, '' as name, '' as uid, null::jsonb, null::jsonb,
        case when bool_or(is_before) and bool_or(is_after) then 'replaced' when bool_or(is_before) then 'removed' else 'added' end
      from (
        select name, first_at <= $5 as is_before, coalesce(gone_at, 'infinity') > $6 as is_after
        from nodes
        where cluster = $1 and ${isAnyOf('name', '$4')} and $2::text[] is null and $3::text[] is null
          and first_at <= $6 and coalesce(gone_at, 'infinity') > $5
      ) n
      where is_before <> is_after
      group by name
    ),
    changed_daemonsets as (
      select 2, '', namespace, name, uid, null::jsonb, null::jsonb, case when first_at <= $5 then 'removed' else 'added' end
      from daemonsets
      where cluster = $1 and ${isAnyOf('namespace', '$2')} and ${isAnyOf('name', '$3')} and $4::text[] is null
        and first_at <= $6 and coalesce(gone_at, 'infinity') > $5
        and (first_at <= $5) <> (coalesce(gone_at, 'infinity') > $6)
    )
    select *
    from (
      select rank, node, namespace, name, uid, before, after, change from slots
      union all select * from changed_nodes
      union all select * from changed_daemonsets
    ) all_of_them
    where $8::int4 is null or (rank, node, namespace, name, uid) > ($8, $9::text, $10::text, $11::text, $12::text)
    order by rank, node, namespace, name, uid
    limit $7`,
  values: params => [...spanValues(params), ...(params.after ?? [null, null, null, null, null])],
  row: ({ rank, node, namespace, name, uid, before, after, change }) => ({
    key: [rank, node, namespace, name, uid],
    difference:
      rank === 1
        ? { kind: 'node', node, change }
        : rank === 2
          ? { kind: 'daemonSet', daemonSet: { namespace, name, uid }, change }
          : { kind: 'placement', node, daemonSet: { namespace, name, uid }, before, after },
  }),
}
