import { type Event, familyOf, type Kind } from '@rollcall/contracts'
import type { EventSummary, LedgerEvent } from '@rollcall/contracts/api'
import { unpackBody } from '../ledger/body.ts'
import { readRecord } from '../ledger/records.ts'
import { isSubject, type LedgerSubject, subjectKey, subjectOf } from '../ledger/subjects.ts'
import { run } from '../sql/statement.ts'
import { changesBetween } from './changes.ts'
import { attributionsOf } from './read-attributions.ts'
import type { Reading } from './reading.ts'
import { type EventRow, eventsAt, lastSights } from './sql/events.ts'

/** An event with its place, before it is put into the words of the API. */
export type Sighted = { readonly position: number; readonly at: Date; readonly event: Event }

export function sighted(cluster: string, { position, at, encoding, body }: EventRow): Sighted {
  const text = unpackBody({ encoding, bytes: body })
  const entry = readRecord(cluster, { position, seq: 0, text })
  if (entry.kind !== 'event') throw new Error(`stream ${cluster} at position ${position}: no event has seq 0`)
  return { position, at, event: entry.event }
}

export function ledgerEvent(
  { position, at, event }: Sighted,
  changes: LedgerEvent['changes'] = null,
  attributed: LedgerEvent['attributed'] = null,
): LedgerEvent {
  const subject = subjectOf(event)
  return {
    cluster: event.cluster,
    position,
    at: at.toISOString(),
    type: event.type,
    family: familyOf(event.type),
    subject: subject === null || subject.kind === 'Command' ? null : { ...subject, kind: subject.kind satisfies Kind },
    by: 'by' in event ? event.by : null,
    attributed,
    changes,
    event,
  }
}

/** In the words of the API, with what differs from the sight of each object before. */
export async function withChanges(reading: Reading, events: readonly Sighted[]): Promise<LedgerEvent[]> {
  const about = events.flatMap(({ event, position }) => {
    const subject = isSight(event) ? subjectOf(event) : null
    return subject === null ? [] : [{ subject, before: position }]
  })
  const earlier = await sightsBefore(reading, about)
  const attributed = await attributionsOf(
    reading,
    events.map(sight => ({ sight, before: earlier.get(sight.position) ?? null })),
  )
  return events.map(each =>
    ledgerEvent(
      each,
      changesBetween(earlier.get(each.position)?.event ?? null, each.event),
      attributed.get(each.position) ?? null,
    ),
  )
}

/** The events at these positions, in short. */
export async function summaries(
  reading: Reading,
  positions: readonly number[],
): Promise<ReadonlyMap<number, EventSummary>> {
  if (positions.length === 0) return new Map()
  const { session, cluster, stream } = reading
  const rows = await run(session, eventsAt, { stream, positions: [...new Set(positions)] })
  const told = await withChanges(
    reading,
    rows.map(row => sighted(cluster, row)),
  )
  return new Map(told.map(({ event, ...summary }) => [summary.position, summary]))
}

/** For each subject the event before, by the position it is asked from. */
export async function sightsBefore(
  { session, cluster, stream }: Reading,
  asked: readonly { readonly subject: LedgerSubject; readonly before: number }[],
): Promise<ReadonlyMap<number, Sighted>> {
  if (asked.length === 0) return new Map()
  const keys = asked.map(({ subject, before }) => ({ subject: subjectKey(subject), before }))
  const rows = await run(session, lastSights, { stream, asked: keys })
  const subjects = new Map(asked.map(({ subject, before }) => [before, subject]))
  return new Map(
    rows.flatMap(row => {
      const found = sighted(cluster, row)
      const subject = subjects.get(row.before)
      return subject && isSubject(found.event, subject) ? [[row.before, found] as const] : []
    }),
  )
}

const isSight = ({ type }: Event): boolean => type.endsWith('Observed')
