import { run, type Session, type Statement } from '../../sql/statement.ts'

/** The first event at a position or behind it. */
const eventFrom: Statement<{ stream: number; position: number }, { readonly position: number; readonly at: Date }> = {
  name: 'audit_event_from',
  text: 'select position, at from ledger where stream = $1 and position >= $2 and seq = 0 order by position limit 1',
  values: ({ stream, position }) => [stream, position],
  row: ({ position, at }) => ({ position: Number(position), at }),
}

/** Writers' clocks differ: an event may stand behind ones that are this much younger. */
const skewMsMax = 60_000

/**
 * A position before which everything is older than a time: found in some thirty looks, however long the stream is, because
 * positions grow with time but for the skew of clocks. Behind it there may still be a little that is older.
 */
export async function positionBefore(session: Session, stream: number, last: number, at: Date): Promise<number> {
  const sought = at.getTime() - skewMsMax
  let [older, newer] = [0, last + 1]
  while (newer - older > 1) {
    const middle = Math.floor((older + newer) / 2)
    const [event] = await run(session, eventFrom, { stream, position: middle })
    if (event === undefined || event.position >= newer) newer = middle
    else if (event.at.getTime() < sought) older = event.position
    else newer = middle
  }
  return older
}
