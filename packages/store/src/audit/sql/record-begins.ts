import type { Statement } from '../../sql/statement.ts'
import { isAnyOf } from './page.ts'

/**
 * When the record of each stream begins, by cluster. Where its beginning is archived, the projections remember: with what was seen
 * first. A stream in which nothing has happened is left out.
 */
export const recordBegins: Statement<{ clusters: readonly string[] | null }, readonly [string, Date]> = {
  name: 'audit_record_begins',
  text: `
    select cluster, least(first.at, seen.at) as at
    from streams s
    left join lateral (select at from ledger where stream = s.id order by position, seq limit 1) first on true
    left join lateral (
      select min(first_at) as at
      from (
        select first_at from nodes n where n.cluster = s.cluster
        union all
        select first_at from daemonsets d where d.cluster = s.cluster
      ) objects
      where exists (select from archives a where a.stream = s.id and a.dropped_at is not null)
    ) seen on true
    where ${isAnyOf('cluster', '$1')} and least(first.at, seen.at) is not null`,
  values: ({ clusters }) => [clusters],
  row: ({ cluster, at }) => [cluster, at],
}
