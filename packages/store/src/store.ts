import type { Command, DecisionPoint, Effect, Event, Json, Kind, TopicName } from '@rollcall/contracts'

/** One event that was given a position, with what folding it changed. */
export type FoldedEvent = {
  readonly position: number
  readonly event: Event
  /** Where in the log it came from. */
  readonly offset: bigint
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

/** What is needed to continue a stream: the newest snapshot, and the ledger behind it. */
export type StreamHistory = {
  readonly cluster: string
  readonly snapshot: { readonly position: number; readonly body: Json; readonly fingerprint: string } | null
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
    | 'failed'
  constructor(code: StoreError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
  }
}

/** Postgres as a port: what the services need of it. */
export interface Store {
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
   * @throws StaleOwnerError, StoreError
   */
  commitBatch(commit: BatchCommit): Promise<void>
  /** Stores the offset of a consumer whose results live elsewhere (executor). @throws StaleOwnerError, StoreError */
  commitOffset(owner: Ownership, nextOffset: bigint): Promise<void>

  loadStream(cluster: string): Promise<StreamHistory>
  /** All entries from the first position on: for verification and replay. */
  readLedger(cluster: string, fromPosition?: number): AsyncIterable<LedgerEntry>

  /** Commands committed but not marked published, oldest first. */
  unpublishedCommands(clusters: readonly string[]): Promise<readonly Command[]>
  markPublished(ids: readonly string[]): Promise<void>
  /** Of these command ids, those whose outcome is on record: an executor need not do them again. */
  settledCommands(ids: readonly string[]): Promise<ReadonlySet<string>>

  /** Where a watcher of this cluster resumes, per kind. */
  watchPositions(cluster: string): Promise<ReadonlyMap<Kind, string>>
  /**
   * A lease held as long as this process's database session lives (advisory lock; nothing is written).
   * Resolves to null when another process holds it. `lost` aborts when the session ends.
   */
  tryLease(name: string): Promise<{ readonly lost: AbortSignal; release(): Promise<void> } | null>

  healthy(): Promise<boolean>
  close(): Promise<void>
}
