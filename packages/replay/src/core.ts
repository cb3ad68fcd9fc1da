import type { DecisionPoint, Event, Json } from '@rollcall/contracts'
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
} from '@rollcall/daemonset'

/** The pure core as replay needs it. A port, so that another version of the rules can be tried on the same record. */
export interface Core {
  readonly version: string
  createState(cluster: string): ClusterState
  /** Folds one event; null: it folds to nothing. */
  evolve(state: ClusterState, event: Event): unknown
  needsDecision(state: ClusterState): boolean
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
  decide,
  applyDecision,
  snapshotOf,
  restore,
  fingerprint,
}
