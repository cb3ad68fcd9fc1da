import type { Event, TopicName } from '@rollcall/contracts'
import type { EventLog } from '@rollcall/event-log'
import type { Clock, Logger, Random, Timers } from '@rollcall/service'
import type { Checkpoint, CheckpointSigner, Store } from '@rollcall/store'
import type { Core } from './core.ts'

/** What the reconciler needs of the store. */
export type ReconcilerStore = Pick<
  Store,
  | 'ready'
  | 'takeOwnership'
  | 'commitBatch'
  | 'loadStream'
  | 'readLedger'
  | 'streamsOf'
  | 'unpublishedCommands'
  | 'signCheckpoint'
  | 'makePartitions'
  | 'markPublished'
  | 'watchPositions'
  | 'clusterUid'
  | 'healthy'
>

/** Everything the reconciler touches of the world. */
export type ReconcilerPorts = {
  readonly log: EventLog
  readonly store: ReconcilerStore
  readonly core: Core
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly logger: Logger
  readonly metrics: ReconcilerMetrics
  /** Signs checkpoints of the ledger; absent or null: there are none. */
  readonly signer?: CheckpointSigner | null
  /** Where they are kept outside the database, too; absent or null: nowhere. */
  readonly anchors?: readonly CheckpointAnchor[]
  /** Name of this process: who holds an epoch. */
  readonly process: string
}

/** A place outside the database that whoever can rewrite the database cannot rewrite. */
export interface CheckpointAnchor {
  keep(checkpoint: Checkpoint): Promise<void>
}

export type BatchFigures = {
  readonly records: number
  /** Folding and deciding. */
  readonly foldMs: number
  readonly commitMs: number
  /** From the last event's `at` to its commit. */
  readonly lagMs: number | null
}

/** What the reconciler counts. Each method is one series, or a few, of `metrics.ts`. */
export interface ReconcilerMetrics {
  batch(partition: number, figures: BatchFigures): void
  /** Events that got a position, and those that folded to nothing, by type. */
  folded(type: Event['type'], count: number): void
  nothing(type: Event['type'], count: number): void
  deadLetter(code: string): void
  /** Events whose writer's clock was far ahead; they count as written when they were read. */
  clockAhead(events: number): void
  decided(decisions: number): void
  commanded(type: string, count: number): void
  /** Holds that stand open in a cluster, and the nodes they keep. */
  held(cluster: string, holds: number, nodes: number): void
  /** `decide` or `applyDecision` threw: the stream is recorded, but not decided. */
  undecidable(cluster: string): void
  /** A commit failed and was tried again, or its work was started over. */
  commitFailed(code: string): void
  /** Another process raised the epoch of a partition of ours. */
  fenced(): void
  published(commands: number): void
  publishFailed(): void
  unpublished(partition: number, commands: number): void
  ticked(): void
  snapshot(seconds: number): void
  restored(entries: number, seconds: number): void
  /** A snapshot could not be used, and the whole ledger was folded instead. */
  snapshotUnusable(): void
  /** Records that the log's retention took before they were read. */
  truncated(records: number): void
  owned(topic: TopicName, partitions: number, streams: number): void
}
