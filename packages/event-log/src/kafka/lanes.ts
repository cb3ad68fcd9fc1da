import type { TopicName } from '@rollcall/contracts'
import type { Consumer } from '../event-log.ts'
import { type PartitionRun, startPartitionRun } from '../partition-run.ts'
import { type EventLogTimers, within } from '../timers.ts'
import type { Brokers } from './brokers.ts'
import { createInbox, type Fetched, type Flow, type Inbox } from './inbox.ts'
import type { KafkaSettings } from './options.ts'

type Lane = { readonly run: PartitionRun; readonly inbox: Inbox }

/** The partitions that are ours, from one joining of the group to the next. */
export type Lanes = {
  /** Replaces the partitions of the last generation by these. */
  open(partitions: readonly number[], flowOf: (partition: number) => Flow): void
  offer(partition: number, fetched: Fetched): void
  /**
   * Ends all runs, and tells whether it is done. A batch that takes too long does not keep the group waiting: then the answer is
   * true as well, the batch goes on with its signal aborted, and the partition's next run here waits for it.
   */
  isReleased(): boolean
  /** Ends all runs; resolves when they have ended, or the time for it is over. */
  release(): Promise<void>
  readonly partitions: () => readonly number[]
}

export function createLanes(
  topic: TopicName,
  consumer: Consumer,
  settings: KafkaSettings,
  brokers: Brokers,
  timers: EventLogTimers,
): Lanes {
  const { logger } = settings
  const lanes = new Map<number, Lane>()
  /** Per partition, its last run in this process. */
  const ends = new Map<number, Promise<void>>()
  const ending = new Set<PartitionRun>()
  let releasingSince: number | null = null

  function truncated(partition: number, wanted: bigint, oldest: bigint): void {
    const facts = { topic, partition, wanted: String(wanted), oldest: String(oldest) }
    logger.warn(facts, 'the log does not hold the wanted records any more: going on at the oldest it has')
    consumer.onTruncated?.(topic, partition, wanted, oldest)
  }

  function openLane(partition: number, flow: Flow): Lane {
    const inbox = createInbox({
      topic,
      partition,
      flow,
      bounds: () => brokers.bounds(topic, partition),
      onTruncated: (wanted, oldest) => truncated(partition, wanted, oldest),
      bytesMax: settings.readAheadBytesMax,
      timers,
      logger,
    })
    const after = ends.get(partition) ?? Promise.resolve()
    const recordsMax = settings.maxBatchRecords
    const run = startPartitionRun({ consumer, topic, partition, source: inbox, after, recordsMax, timers, logger })
    ends.set(partition, run.ended)
    return { run, inbox }
  }

  function stopAll(): Promise<unknown> {
    if (lanes.size > 0) releasingSince = performance.now()
    for (const { run } of lanes.values()) {
      run.stop()
      ending.add(run)
      void run.ended.then(() => ending.delete(run))
    }
    lanes.clear()
    return Promise.all([...ending].map(run => run.ended))
  }

  return {
    open(partitions, flowOf) {
      void stopAll()
      releasingSince = null
      for (const partition of partitions) lanes.set(partition, openLane(partition, flowOf(partition)))
    },
    offer: (partition, fetched) => lanes.get(partition)?.inbox.offer(fetched),
    isReleased() {
      void stopAll()
      if (ending.size === 0 || releasingSince === null) return true
      if (performance.now() - releasingSince < settings.revokeWaitMs) return false
      const late = [...ending].map(run => run.partition)
      logger.warn({ topic, partitions: late }, 'batches still run although their partitions are being taken away')
      return true
    },
    async release() {
      await within(timers, settings.revokeWaitMs, stopAll())
    },
    partitions: () => [...lanes.keys()].sort((a, b) => a - b),
  }
}
