import type { Command, DecisionPoint, Effect, Event, Json, Kind, TopicName } from '@rollcall/contracts'
import type { Checkpoint } from './checkpoints/checkpoint.ts'
import type { CheckpointSigner } from './checkpoints/keys.ts'

/** One event that was given a position, with what folding it changed. */
export type FoldedEvent = {
  readonly position: number
  readonly event: Event
  /** Where in the log it came from. */
  readonly offset: bigint
  /** Must not change until the commit has resolved: facts in it are those of this event, not the core's living state. */
  readonly effects: readonly Effect[]
}

/** What a batch did to one stream, in order: events, and after the last of them perhaps a decision. */
export type StreamCommit = {
  readonly cluster: string
  readonly events: readonly FoldedEvent[]
  /** Decided after the last of `events` (or, with no events, after the stream's present last position). */
  readonly decisionPoint: DecisionPoint | null
  /** Newest resourceVersion that the log has reached per kind, where it moved: where a watcher resumes. */
  readonly watchPositions: ReadonlyMap<Kind, string>
  /** State after all this, when it is time for one. */
  readonly snapshot: {
    readonly position: number
    readonly core: string
    readonly body: Json
    readonly fingerprint: string
  } | null
}

/** A record that could not be read: kept with its bytes and the reason, while the stream goes on. */
export type DeadLetter = {
  readonly offset: bigint
  readonly key: string
  readonly bytes: Uint8Array
  readonly code: string
  readonly reason: string
}

/** Everything one batch of one partition leads to; commits or fails as a whole. */
export type BatchCommit = {
  readonly owner: Ownership
  /** The offset to continue from. */
  readonly nextOffset: bigint
  readonly streams: readonly StreamCommit[]
  readonly deadLetters: readonly DeadLetter[]
}

/** The right to commit for one partition, held by the process that raised its epoch last. */
export type Ownership = {
  readonly group: string
  readonly topic: TopicName
  readonly partition: number
  readonly epoch: number
}

/** One entry of a stream's ledger, in the order in which it was folded. */
export type LedgerEntry =
  | { readonly kind: 'event'; readonly position: number; readonly event: Event }
  | { readonly kind: 'decision'; readonly position: number; readonly point: DecisionPoint }

/** How much time one partition of the ledger holds. */
export type PartitionUnit = 'day' | 'week' | 'month'

/** What is needed to continue a stream: the newest snapshot, and the ledger behind it. */
export type StreamHistory = {
  readonly cluster: string
  /** Where the stream ended when it was loaded, 0 for one that had not begun: folding the entries must arrive there. */
  readonly lastPosition: number
  readonly snapshot: {
    readonly position: number
    /** Version of the core that wrote it. */
    readonly core: string
    readonly body: Json
    readonly fingerprint: string
  } | null
  /** Entries after the snapshot, ascending; read in pages, so a long history does not fill memory. */
  readonly entries: AsyncIterable<LedgerEntry>
}

/** Thrown by `commitBatch` and `commitOffset` when another process has raised the epoch: stop working on the partition. */
export class StaleOwnerError extends Error {
  constructor(owner: Ownership, current: number) {
    super(
      `epoch ${owner.epoch} of ${owner.topic}/${owner.partition} (${owner.group}) is stale: another process holds epoch ${current}`,
    )
    this.name = 'StaleOwnerError'
  }
}

/** Says what is wrong with the database and how to mend it. */
export class StoreError extends Error {
  readonly code:
    | 'unreachable'
    | 'bad-url'
    | 'access-denied'
    | 'schema-missing'
    | 'schema-older'
    | 'schema-newer'
    | 'old-server'
    /** A question of an auditor: asking for less may help. */
    | 'took-too-long'
    /** A key for checkpoints that is none. */
    | 'bad-key'
    /** A file of anchors that holds none, or something else. */
    | 'bad-anchors'
    /** What is asked for lies in an archive, which was not named. */
    | 'archived'
    /** An archive that is damaged, or another ledger's. */
    | 'bad-archive'
    | 'failed'
  constructor(code: StoreError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
  }
}

/** The database does not answer: it may come up, or back, by itself. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'unreachable'
}

/** Something that must hold does not: the ledger would be wrong. Never retried; names the stream and the position. */
export class BrokenInvariantError extends Error {
  readonly cluster: string
  readonly position: number
  constructor(cluster: string, position: number, message: string) {
    super(`stream ${cluster} at position ${position}: ${message}`)
    this.name = 'BrokenInvariantError'
    this.cluster = cluster
    this.position = position
  }
}

/** A right that one process holds at a time; a hint for politeness: only the epoch fences. */
export type Lease = {
  /** Aborts when the session that holds the lease has ended: another process may hold it now. */
  readonly lost: AbortSignal
  release(): Promise<void>
}

/** A place in a stream: a position, or a time in ms since the epoch. */
export type Moment = { readonly position: number } | { readonly time: number }

export type LoadOptions = {
  /** The newest snapshot that stands at or before this moment, instead of the newest of all. */
  readonly upTo?: Moment
  /** Whether a snapshot written by this version of the core can be continued. Default: all can. */
  readonly acceptsCore?: (core: string) => boolean
}

/** Postgres as a port: what the services need of it. */
export interface Store {
  /**
   * Resolves when the database answers, is new enough, and has the schema this program needs. Every other method waits
   * for the same; a service calls it at its start, to fail with a clear sentence. @throws StoreError
   */
  ready(): Promise<void>
  /** Raises the partition's epoch for this process and tells the offset to continue from (null: from the start). */
  takeOwnership(
    group: string,
    topic: TopicName,
    partition: number,
    process: string,
  ): Promise<{ owner: Ownership; nextOffset: bigint | null }>
  /**
   * One transaction: ledger rows with their chain hashes, decisions, commands (outbox), projections, dead letters,
   * snapshot, and the consumed offset — valid only under the own epoch.
   *
   * `StoreError` with code `unreachable`: whether it took effect is not known. Take ownership again: when its
   * `nextOffset` has reached `commit.nextOffset`, it did; otherwise it did not, and never will (it is fenced).
   * Several `StreamCommit`s of one cluster are applied in their order; one may consist of watch positions only.
   * @throws StaleOwnerError, StoreError, BrokenInvariantError
   */
  commitBatch(commit: BatchCommit): Promise<void>
  /**
   * Stores the offset of a consumer whose results live elsewhere (executor), with the records before it that could not
   * be read. Again, after an answer that never came, is once. @throws StaleOwnerError, StoreError
   */
  commitOffset(owner: Ownership, nextOffset: bigint, deadLetters?: readonly DeadLetter[]): Promise<void>

  /** Clusters whose last commit came from this partition: the streams to load when it is assigned. */
  streamsOf(group: string, topic: TopicName, partition: number): Promise<readonly string[]>
  loadStream(cluster: string, options?: LoadOptions): Promise<StreamHistory>
  /** All entries from the first position on: for verification and replay. */
  readLedger(cluster: string, fromPosition?: number): AsyncIterable<LedgerEntry>

  /**
   * Signs where a stream's chain stands now, as the checkpoint behind the newest one. null: nothing was added since, or the
   * stream has not begun. `at` in milliseconds since 1970, by the caller's clock.
   */
  signCheckpoint(cluster: string, signer: CheckpointSigner, at: number): Promise<Checkpoint | null>

  /**
   * Makes the partitions of the ledger for the weeks to come; those that are there stay as they are. Whatever becomes of it,
   * rows can be appended: those without a partition of theirs go to the default one. @returns names of the new ones
   */
  makePartitions(unit: PartitionUnit): Promise<readonly string[]>

  /** Commands committed, but neither marked published nor settled; per cluster, oldest first. */
  unpublishedCommands(clusters: readonly string[]): Promise<readonly Command[]>
  markPublished(ids: readonly string[]): Promise<void>
  /** Of these command ids, those whose outcome is on record: an executor need not do them again. */
  settledCommands(ids: readonly string[]): Promise<ReadonlySet<string>>

  /** uid of the cluster that answered last under this name (its newest `ClusterIdentified`); null: none is on record. */
  clusterUid(cluster: string): Promise<string | null>
  /**
   * Where a watcher of this cluster resumes, per kind. Another `clusterUid` than before clears them: they were those of
   * another cluster.
   */
  watchPositions(cluster: string): Promise<ReadonlyMap<Kind, string>>
  /**
   * A lease held as long as this process's database session lives (advisory lock; nothing is written).
   * Resolves to null when another process holds it. `lost` aborts when the session ends.
   */
  tryLease(name: string): Promise<Lease | null>

  healthy(): Promise<boolean>
  close(): Promise<void>
}
