import type { DecisionPoint, Effect, Event, Json } from '@rollcall/contracts'
import {
  applyDecision,
  type ClusterState,
  coreVersion,
  createState,
  decide,
  evolve,
  fingerprint,
  needsDecision,
  restore,
  snapshotOf,
  wakeAt,
} from '@rollcall/daemonset'

/** The pure core as replay needs it. A port, so that another version of the rules can be tried on the same record. */
export interface Core {
  readonly version: string
  createState(cluster: string): ClusterState
  /** Folds one event; null: it folds to nothing. */
  evolve(state: ClusterState, event: Event): readonly Effect[] | null
  needsDecision(state: ClusterState): boolean
  /** The earliest time at which it would decide differently with nothing else happening; null: never. */
  wakeAt(state: ClusterState): number | null
  /** Reads only. */
  decide(state: ClusterState): DecisionPoint
  applyDecision(state: ClusterState, point: DecisionPoint): void
  snapshotOf(state: ClusterState): Json
  /** @throws Error on a snapshot of another format */
  restore(snapshot: Json): ClusterState
  fingerprint(state: ClusterState): string
}

/** The core of this checkout. */
export const presentCore: Core = {
  version: coreVersion,
  createState,
  evolve,
  needsDecision,
  wakeAt,
  decide,
  applyDecision,
  snapshotOf,
  restore,
  fingerprint,
}
