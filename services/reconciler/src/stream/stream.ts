import type { StreamState } from '../core.ts'
import type { WatchReach } from './watch-reach.ts'

/** A stream in memory: the core's state, and what the reconciler keeps beside it. Never outlives the truth in the store. */
export type Stream = {
  readonly cluster: string
  readonly state: StreamState
  readonly reach: WatchReach
  /** Events and decision points since the newest snapshot. */
  changes: number
  /** When the newest snapshot was made, or the stream loaded. */
  snapshotAt: number
  /** What the last snapshot took. */
  snapshotCostMs: number
}
