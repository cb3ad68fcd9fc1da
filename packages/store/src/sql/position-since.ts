import type { Statement } from './statement.ts'

/** The first event of a stream at this time or later. */
export const positionSince: Statement<{ cluster: string; time: number }, number> = {
  name: 'position_since',
  text: `
    select position
    from ledger
    where stream = (select id from streams where cluster = $1) and at >= $2 and seq = 0
      and day >= ($2::timestamptz at time zone 'utc')::date
    order by position
    limit 1`,
  values: ({ cluster, time }) => [cluster, new Date(time)],
  row: ({ position }) => Number(position),
}
