import type { QueryResultRow } from 'pg'
import type { Statement } from '../../sql/statement.ts'
import { bothWays, oneMore } from './page.ts'

/** An event as it lies in the ledger. */
export type EventRow = {
  readonly position: number
  readonly at: Date
  readonly encoding: number
  readonly body: Buffer
}

const eventRow = ({ position, at, encoding, body }: QueryResultRow): EventRow => ({
  position: Number(position),
  at,
  encoding,
  body,
})

/** The events at these positions. */
export const eventsAt: Statement<{ stream: number; positions: readonly number[] }, EventRow> = {
  name: 'audit_events_at',
  text: `
    select position, at, encoding, body
    from ledger
    where stream = $1 and position = any($2::int8[]) and seq = 0
    order by position`,
  values: ({ stream, positions }) => [stream, positions],
  row: eventRow,
}

type Range = {
  readonly stream: number
  readonly from: number
  readonly types: readonly string[] | null
  readonly limit: number
}

/** Events of a stream, before or behind a position. */
export const eventsOfStream = bothWays<Range, EventRow>(
  'audit_events',
  ({ behind, order }) => `
    select position, at, encoding, body
    from ledger
    where stream = $1
      and position ${behind} $2
      and seq = 0
      and ($3::text[] is null or type = any($3))
    order by position ${order}
    limit $4`,
  { values: ({ stream, from, types, limit }) => [stream, from, types, oneMore(limit)], row: eventRow },
)

/** Those about one of these subjects. */
export const eventsOfSubjects = bothWays<Range & { readonly subjects: readonly bigint[] }, EventRow>(
  'audit_subject_events',
  ({ behind, order }) => `
    select position, at, encoding, body
    from ledger
    where stream = $1
      and subject = any($2::int8[])
      and position ${behind} $3
      and ($4::text[] is null or type = any($4))
    order by position ${order}
    limit $5`,
  {
    values: ({ stream, subjects, from, types, limit }) => [stream, subjects, from, types, oneMore(limit)],
    row: eventRow,
  },
)

/** For each subject so many of its sights, the newest up to a position. */
export const newestSights: Statement<
  { stream: number; asked: readonly { readonly subject: bigint; readonly limit: number }[]; last: number },
  EventRow & { readonly subject: bigint }
> = {
  name: 'audit_newest_sights',
  text: `
    select asked.subject, sight.*
    from unnest($2::int8[], $3::int4[]) as asked (subject, wanted)
    cross join lateral (
      select position, at, encoding, body
      from ledger
      where stream = $1 and subject = asked.subject and position <= $4 and type like '%Observed'
      order by position desc
      limit asked.wanted
    ) sight`,
  values: ({ stream, asked, last }) => [
    stream,
    asked.map(({ subject }) => subject),
    asked.map(({ limit }) => limit),
    last,
  ],
  row: columns => ({ ...eventRow(columns), subject: BigInt(columns.subject) }),
}

/** For each subject its newest sight before a position; of a command the newest word on how it fares. */
export type SightAsked = { readonly subject: bigint; readonly before: number }

export const lastSights: Statement<
  { stream: number; asked: readonly SightAsked[] },
  EventRow & { readonly before: number }
> = {
  name: 'audit_last_sights',
  text: `
    select asked.before, sight.*
    from unnest($2::int8[], $3::int8[]) as asked (subject, before)
    cross join lateral (
      select position, at, encoding, body
      from ledger
      where stream = $1 and subject = asked.subject and position < asked.before and type <> 'ChangeAttributed'
      order by position desc
      limit 1
    ) sight`,
  values: ({ stream, asked }) => [stream, asked.map(({ subject }) => subject), asked.map(({ before }) => before)],
  row: columns => ({ ...eventRow(columns), before: Number(columns.before) }),
}
