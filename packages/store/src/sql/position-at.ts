import { run, type Session, type Statement } from './statement.ts'

/**
 * The one meaning of a time in a stream. The stream's time at a position is the largest `at` up to there: it never goes back,
 * however writers' clocks differ, and decisions bear it. A time T stands at the first position at which the stream's time is T
 * or later, and a span [from, to) is the positions from that of `from` on, up to before that of `to`.
 */

type Place = { readonly position: number; readonly at: Date }

/** The first decision point at a position or behind it: its `at` is the stream's time. */
const pointFrom: Statement<{ stream: number; position: number }, Place> = {
  name: 'point_from',
  text: 'select position, at from ledger where stream = $1 and position >= $2 and seq > 0 order by position, seq limit 1',
  values: ({ stream, position }) => [stream, position],
  row: ({ position, at }) => ({ position: Number(position), at }),
}

/** The first event behind a position that is not older than a time. */
const eventSince: Statement<{ stream: number; behind: number; at: Date }, number> = {
  name: 'event_since',
  text: `
    select position
    from ledger
    where stream = $1 and position > $2 and seq = 0 and at >= $3
      and day >= ($3::timestamptz at time zone 'utc')::date
    order by position
    limit 1`,
  values: ({ stream, behind, at }) => [stream, behind, at],
  row: ({ position }) => Number(position),
}

/**
 * The last position before a time (0: there is none). Some thirty looks at decision points, however long the stream is, and the
 * events between two of them.
 */
export async function positionBefore(session: Session, stream: number, last: number, at: Date): Promise<number> {
  let [older, newer] = [0, last + 1]
  while (newer - older > 1) {
    const middle = Math.floor((older + newer) / 2)
    const [point] = await run(session, pointFrom, { stream, position: middle })
    if (point !== undefined && point.position < newer && point.at < at) older = point.position
    else newer = middle
  }
  const [first] = await run(session, eventSince, { stream, behind: older, at })
  return first === undefined ? last : first - 1
}
