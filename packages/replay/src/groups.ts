import type { LedgerEntry } from './source.ts'

type EventEntry = Extract<LedgerEntry, { kind: 'event' }>
type DecisionEntry = Extract<LedgerEntry, { kind: 'decision' }>

/** One position of a stream: its event, and what was decided behind it. */
export type PositionGroup = { readonly event: EventEntry; readonly points: readonly DecisionEntry[] }

/**
 * A record position by position. Decisions before the first event (they belong to the position of a snapshot that was taken
 * between two decisions) are told by `leading`, before any group is.
 */
export async function* groupsOf(
  entries: AsyncIterable<LedgerEntry>,
  leading: (entry: DecisionEntry) => void,
): AsyncGenerator<PositionGroup> {
  let event: EventEntry | null = null
  let points: DecisionEntry[] = []
  for await (const entry of entries) {
    if (entry.kind === 'decision') {
      if (event === null) leading(entry)
      else points.push(entry)
    } else {
      if (event !== null) yield { event, points }
      event = entry
      points = []
    }
  }
  if (event !== null) yield { event, points }
}
