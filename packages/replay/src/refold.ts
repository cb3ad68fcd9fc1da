import type { DecisionPoint, Effect, Event } from '@rollcall/contracts'
import { type Core, presentCore } from './core.ts'
import { foldEntry, foldEvent } from './fold.ts'
import type { LedgerEntry } from './source.ts'

/** What a stretch of the record did to its stream, as a commit to a store (`packages/store`) that nobody waits for. */
export type Refolded = {
  readonly cluster: string
  readonly events: readonly {
    readonly position: number
    readonly event: Event
    readonly offset: bigint
    readonly effects: readonly Effect[]
  }[]
  readonly decisionPoint: DecisionPoint | null
  readonly watchPositions: ReadonlyMap<never, string>
  readonly snapshot: null
}

/** Events without a decision are told in stretches of so many at most. */
const eventsMax = 500

/**
 * Folds a whole record anew, as it was recorded, and tells what each event changed: what projections are rebuilt from.
 * `entries` begin at the first position. @throws ReplayError naming stream and position
 */
export async function* refold(
  cluster: string,
  entries: AsyncIterable<LedgerEntry>,
  core: Core = presentCore,
): AsyncGenerator<Refolded> {
  const state = core.createState(cluster)
  let events: Refolded['events'][number][] = []
  const told = (decisionPoint: DecisionPoint | null): Refolded => {
    const commit = { cluster, events, decisionPoint, watchPositions: new Map<never, string>(), snapshot: null }
    events = []
    return commit
  }
  for await (const entry of entries) {
    if (entry.kind === 'decision') {
      foldEntry(core, state, entry)
      yield told(entry.point)
      continue
    }
    const { position, event } = entry
    // Where in the log it stood is not on record, and no projection tells it.
    events.push({ position, event, offset: 0n, effects: foldEvent(core, state, entry) })
    if (events.length === eventsMax) yield told(null)
  }
  if (events.length > 0) yield told(null)
}
