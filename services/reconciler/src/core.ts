import type { DecisionPoint, Effect, Event, Json } from '@rollcall/contracts'

/** What the reconciler sees of a stream's state; the rest is the core's own. */
export interface StreamState {
  readonly cluster: string
  /** Position of the last event that folded to something. */
  readonly position: number
  /** The stream's time: the largest `at` seen, ms since the epoch. */
  readonly now: number
}

/**
 * The pure core behind the words of the design. A port, because a second core (the fleet's) folds its stream in the same
 * loop, and because the loop is tested with a core that fits a screen.
 */
export interface Core {
  readonly version: string
  createState(cluster: string): StreamState
  /** Folds one event; null: it folds to nothing, and the state is as before. */
  evolve(state: StreamState, event: Event): readonly Effect[] | null
  /** The earliest time at which `decide` would decide differently with nothing else happening; null: never. */
  wakeAt(state: StreamState): number | null
  needsDecision(state: StreamState): boolean
  /** Reads only. */
  decide(state: StreamState): DecisionPoint
  applyDecision(state: StreamState, point: DecisionPoint): void
  snapshotOf(state: StreamState): Json
  restore(snapshot: Json): StreamState
  fingerprint(state: StreamState): string
  /** What waits for somebody's approval: holds, and the nodes they keep. */
  openHolds(state: StreamState): { readonly holds: number; readonly nodes: number }
}
