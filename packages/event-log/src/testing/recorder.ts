import type { TopicName } from '@rollcall/contracts'
import type { Batch, Consumer, DeliveredRecord } from '../event-log.ts'

/** Offsets by partition, as a consumer's store keeps them: shared by the consumers of a group. */
export type OffsetStore = Map<number, bigint>

export type Seen = { readonly partition: number; readonly offset: bigint; readonly key: string; readonly value: string }

export type RecorderOptions = {
  readonly store?: OffsetStore
  /** Only records of these keys are recorded; all are consumed. */
  readonly isMine: (key: string) => boolean
  /** Runs before a batch with records of mine is stored; may wait, or reject. */
  readonly onBatch?: (batch: Batch, mine: readonly DeliveredRecord[]) => Promise<void>
  readonly onAssigned?: (partition: number) => void
}

/**
 * A consumer as the services are: stores the offset with the results, says where to start. It notes everything that
 * happens, and checks at every call what must hold at all times.
 */
export type Recorder = {
  readonly consumer: Consumer
  readonly store: OffsetStore
  readonly seen: readonly Seen[]
  readonly batches: readonly Batch[]
  readonly owned: ReadonlySet<number>
  readonly truncations: readonly { partition: number; wanted: bigint; oldest: bigint }[]
  /** Sentences about promises that were broken. */
  readonly broken: readonly string[]
  readonly assignments: () => number
  readonly revocations: () => number
  /** Batches running now. */
  readonly running: () => number
  values(key: string): readonly string[]
}

export function createRecorder(options: RecorderOptions): Recorder {
  const store = options.store ?? new Map<number, bigint>()
  const seen: Seen[] = []
  const batches: Batch[] = []
  const owned = new Set<number>()
  const running = new Set<number>()
  const truncations: { partition: number; wanted: bigint; oldest: bigint }[] = []
  const broken: string[] = []
  /** Offset of the next record of each partition, since it was assigned. */
  const next = new Map<number, bigint>()
  let assignments = 0
  let revocations = 0

  function check(batch: Batch): void {
    const { partition, records, signal } = batch
    const [first] = records
    if (!first) broken.push(`empty batch of partition ${partition}`)
    if (!owned.has(partition)) broken.push(`batch of partition ${partition}, which is not ours`)
    if (running.has(partition)) broken.push(`two batches of partition ${partition} at once`)
    if (signal.aborted) broken.push(`batch of partition ${partition} began with an aborted signal`)
    const start = next.get(partition)
    if (first && start !== undefined && first.offset !== start) {
      broken.push(`partition ${partition} continued at ${first.offset} instead of ${start}`)
    }
    for (const [index, record] of records.entries()) {
      if (first && record.offset !== first.offset + BigInt(index)) broken.push(`a gap inside a batch of ${partition}`)
    }
    const last = records.at(-1)
    if (last && batch.highWatermark < last.offset) broken.push(`high watermark ${batch.highWatermark} < ${last.offset}`)
  }

  const consumer: Consumer = {
    async assigned(_topic: TopicName, partition: number) {
      assignments++
      if (owned.has(partition)) broken.push(`partition ${partition} assigned twice`)
      owned.add(partition)
      options.onAssigned?.(partition)
      const start = store.get(partition) ?? null
      if (start === null) next.delete(partition)
      else next.set(partition, start)
      return start
    },

    async batch(batch) {
      check(batch)
      const { partition, records } = batch
      running.add(partition)
      try {
        const mine = records.filter(record => options.isMine(record.key))
        if (mine.length > 0) {
          batches.push(batch)
          await options.onBatch?.(batch, mine)
        }
        for (const { offset, key, value } of mine) {
          seen.push({ partition, offset, key, value: Buffer.from(value).toString() })
        }
        const end = (records.at(-1)?.offset ?? -1n) + 1n
        store.set(partition, end)
        next.set(partition, end)
      } finally {
        running.delete(partition)
      }
    },

    async revoked(_topic, partition) {
      revocations++
      if (!owned.delete(partition)) broken.push(`partition ${partition} revoked, which was not ours`)
      if (running.has(partition)) broken.push(`partition ${partition} revoked while a batch runs`)
    },

    onTruncated(_topic, partition, wanted, oldest) {
      truncations.push({ partition, wanted, oldest })
      next.set(partition, oldest)
    },
  }

  return {
    consumer,
    store,
    seen,
    batches,
    owned,
    truncations,
    broken,
    assignments: () => assignments,
    revocations: () => revocations,
    running: () => running.size,
    values: key => seen.filter(record => record.key === key).map(record => record.value),
  }
}
