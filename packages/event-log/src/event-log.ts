import type { TopicName } from '@rollcall/contracts'

/** One record to append. Records of one key keep their order, and lie in one partition. */
export type LogRecord = {
  /** The cluster. */
  readonly key: string
  /** Encoded by a codec of `@rollcall/contracts`. */
  readonly value: string
}

/** One record as read back. */
export type DeliveredRecord = {
  readonly offset: bigint
  readonly key: string
  /** Raw bytes: decoding is the consumer's business, and must not stop the stream. Empty for a record without value. */
  readonly value: Uint8Array
}

/** Consecutive records of one partition, in order: what had already arrived. Never empty. */
export type Batch = {
  readonly topic: TopicName
  readonly partition: number
  readonly records: readonly DeliveredRecord[]
  /** Offset of the last record of the partition when the batch was fetched; tells how far behind we are. */
  readonly highWatermark: bigint
  /** Aborted when the partition is being taken away or the subscription closes: finish or give up quickly. */
  readonly signal: AbortSignal
}

/**
 * A consumer. The log never keeps positions for it: `assigned` says where to start, and the consumer stores its offset
 * itself, in the transaction that stores its results. The group's promise of exclusiveness is not to be trusted; a
 * consumer fences itself (epoch).
 */
export interface Consumer {
  /**
   * While records stream in, batches begin at least so far apart (ms; absent: 0), because each costs the consumer about
   * the same, whatever it holds. Single records, and a backlog, are delivered at once.
   */
  readonly gatherMs?: number
  /**
   * A partition became ours. Returns the offset to start at; null means the oldest record kept. A start before the
   * oldest record kept continues there and is reported by `onTruncated`.
   */
  assigned(topic: TopicName, partition: number): Promise<bigint | null>
  /**
   * Batches of one partition come one after another: the next is delivered only when this promise resolved
   * (back-pressure). When it rejects, the same records are delivered again after a back-off.
   */
  batch(batch: Batch): Promise<void>
  /** The partition is no longer ours. No batch of it is running or will come until it is assigned again. */
  revoked(topic: TopicName, partition: number): Promise<void>
  /** Records between `wanted` and `oldest` are no longer in the log (retention). */
  onTruncated?(topic: TopicName, partition: number, wanted: bigint, oldest: bigint): void
}

export type SubscribeOptions = {
  readonly topic: TopicName
  /** Consumers of one group share the partitions of the topic between them. */
  readonly group: string
  readonly consumer: Consumer
}

export type SubscriptionHealth = {
  /** true while fetches and heartbeats succeed. */
  readonly healthy: boolean
  readonly partitions: readonly number[]
  /** How often the watchdog had to restart a silent consumer. */
  readonly restarts: number
  /** A sentence for people when it is not healthy. */
  readonly detail: string | null
}

export interface Subscription {
  health(): SubscriptionHealth
  /** Stops fetching, waits for running batches (bounded), leaves the group. */
  close(): Promise<void>
}

/**
 * The log as a port. Adapters: kafka (kafkajs) here; postgres for the embedded mode. Both pass `contract-suite.ts`.
 * Every method rejects with `EventLogError` when it gives up.
 */
export interface EventLog {
  /** Makes sure the topics exist; existing ones are left alone. */
  ensureTopics(): Promise<void>
  /**
   * Appends records, in order. Resolves when all are durable, rejects when it cannot say so (they may or may not be in
   * the log; appending them again is safe for consumers, which fold duplicates to nothing). Waits while too much is
   * under way (back-pressure).
   */
  append(topic: TopicName, records: readonly LogRecord[]): Promise<void>
  subscribe(options: SubscribeOptions): Promise<Subscription>
  /** Whether the log answers now. */
  healthy(): boolean
  close(): Promise<void>
}

export class EventLogError extends Error {
  readonly code: 'unreachable' | 'topic-missing' | 'record-too-large' | 'closed' | 'failed'
  constructor(code: EventLogError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EventLogError'
    this.code = code
  }
}
