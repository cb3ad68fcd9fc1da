import { expect, it } from 'vitest'
import type { Batch, Consumer, DeliveredRecord } from './event-log.ts'
import { type Chunk, type RecordSource, startPartitionRun } from './partition-run.ts'

const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

const records = (count: number): DeliveredRecord[] =>
  Array.from({ length: count }, (_, offset) => ({ offset: BigInt(offset), key: 'east', value: Buffer.of() }))

/** Timers that ring by hand, and a run over the given numbers of records. */
function start(batchSizes: readonly number[], gatherMs: number | undefined) {
  const rings: (() => void)[] = []
  const asked: number[] = []
  const sizes: number[] = []
  const left = [...batchSizes]
  const consumer: Consumer = {
    ...(gatherMs === undefined ? {} : { gatherMs }),
    assigned: async () => null,
    batch: async ({ records }: Batch) => void sizes.push(records.length),
    revoked: async () => undefined,
  }
  const source: RecordSource = {
    open: async () => undefined,
    async take(): Promise<Chunk | null> {
      const size = left.shift()
      return size === undefined ? null : { records: records(size), highWatermark: BigInt(size) }
    },
  }
  const run = startPartitionRun({
    consumer,
    source,
    logger,
    topic: 'rollcall.events',
    partition: 0,
    after: Promise.resolve(),
    recordsMax: 100,
    timers: {
      after(ms, ring) {
        asked.push(ms)
        rings.push(ring)
        return () => undefined
      },
    },
  })
  return { run, sizes, asked, ring: () => rings.shift()?.() }
}

it('while records stream in, the next batch waits for company', async () => {
  const { run, sizes, asked, ring } = start([30, 30], 100)
  await expect.poll(() => asked).toEqual([100])
  expect(sizes).toEqual([30])
  ring()
  await expect.poll(() => sizes).toEqual([30, 30])
  ring()
  await run.ended
})

it('neither single records nor a backlog wait', async () => {
  const { run, sizes, asked } = start([1, 7, 100, 100, 1], 100)
  await run.ended
  expect(sizes).toEqual([1, 7, 100, 100, 1])
  expect(asked).toEqual([])
})

it('a consumer that does not ask for it never waits', async () => {
  const { run, sizes, asked } = start([30, 30], undefined)
  await run.ended
  expect(sizes).toEqual([30, 30])
  expect(asked).toEqual([])
})

it('a stop does not wait', async () => {
  const { run, asked } = start([30, 30], 100)
  await expect.poll(() => asked).toEqual([100])
  run.stop()
  await run.ended
})
