import type { TopicName } from '@rollcall/contracts'
import type { Consumer, DeliveredRecord } from './event-log.ts'
import { type EventLogLogger, sentenceOf } from './logger.ts'
import { backOffMs, type EventLogTimers, pause } from './timers.ts'

export type Chunk = {
  /** Never empty. */
  readonly records: readonly DeliveredRecord[]
  readonly highWatermark: bigint
}

/** Where one partition's records come from, while it is ours. Each adapter has its own. */
export interface RecordSource {
  /** Moves to the offset to start at (null: the oldest kept). Rejects only for good reason: it is tried again. */
  open(wanted: bigint | null, signal: AbortSignal): Promise<void>
  /** What has arrived, `max` records at most; waits while there is nothing. Null once the signal aborts. */
  take(max: number, signal: AbortSignal): Promise<Chunk | null>
}

/** One partition from the moment it becomes ours until it is no longer. */
export type PartitionRun = {
  readonly partition: number
  /** Aborts the running batch's signal; nothing new is delivered from here on. */
  stop(): void
  /** Like `stop`, but as if the process had died: `revoked` is not called. */
  abandon(): void
  /** Settles (never rejects) when no callback of this run is running or will come. */
  readonly ended: Promise<void>
}

export type PartitionRunOptions = {
  readonly consumer: Consumer
  readonly topic: TopicName
  readonly partition: number
  readonly source: RecordSource
  /** The end of the run before this one on the same partition: callbacks of two runs never overlap. */
  readonly after: Promise<void>
  readonly recordsMax: number
  readonly timers: EventLogTimers
  readonly logger: EventLogLogger
}

/** A batch of fewer records is no stream: nothing that follows it has to wait. */
const streamingRecordsMin = 8

/**
 * The life of a partition, the same for every adapter: `assigned`, batches one after another, `revoked`.
 * `revoked` is called exactly when `assigned` has resolved, and never while a batch is running.
 */
export function startPartitionRun(options: PartitionRunOptions): PartitionRun {
  const { consumer, topic, partition, source, timers, logger } = options
  const stopping = new AbortController()
  const signal = stopping.signal
  let isAbandoned = false

  /** Tries again, with back-off, until it works or the run is stopped. Tells whether it worked. */
  async function untilDone(what: string, step: () => Promise<void>): Promise<boolean> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        await step()
        return true
      } catch (error) {
        if (signal.aborted) return false
        failures++
        const retryMs = backOffMs(failures)
        logger.warn({ topic, partition, failures, retryMs, error: sentenceOf(error) }, `${what} failed: trying again`)
        await pause(timers, retryMs, signal)
      }
    }
    return false
  }

  async function deliver(chunk: Chunk): Promise<void> {
    const batch = { topic, partition, records: chunk.records, highWatermark: chunk.highWatermark, signal }
    await untilDone('batch', () => consumer.batch(batch))
  }

  /** Whether the next batch should wait for company: records come in numbers, and we keep up with them. */
  function isStreaming({ records }: Chunk): boolean {
    return records.length >= streamingRecordsMin && records.length < options.recordsMax
  }

  async function read(wanted: bigint | null): Promise<void> {
    if (!(await untilDone('moving to the start offset', () => source.open(wanted, signal)))) return
    const { gatherMs = 0 } = consumer
    while (!signal.aborted) {
      const chunk = await source.take(options.recordsMax, signal)
      if (chunk === null || signal.aborted) return
      const gathered = gatherMs > 0 && isStreaming(chunk) ? pause(timers, gatherMs, signal) : null
      await deliver(chunk)
      await gathered
    }
  }

  async function run(): Promise<void> {
    await options.after
    let wanted: bigint | null = null
    const isAssigned = await untilDone('assigned', async () => {
      wanted = await consumer.assigned(topic, partition)
    })
    if (!isAssigned) return
    try {
      await read(wanted)
    } finally {
      if (!isAbandoned) await consumer.revoked(topic, partition)
    }
  }

  const ended = run().catch(error => {
    logger.error({ topic, partition, error: sentenceOf(error) }, 'the partition was given up with an error')
  })
  return {
    partition,
    ended,
    stop: () => stopping.abort(),
    abandon() {
      isAbandoned = true
      stopping.abort()
    },
  }
}
