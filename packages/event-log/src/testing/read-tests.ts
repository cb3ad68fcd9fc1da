import { expect, test } from 'vitest'
import { createLatch } from './until.ts'
import type { Here } from './write-tests.ts'

const percentile = (sorted: readonly number[], part: number) => sorted[Math.floor((sorted.length - 1) * part)] ?? 0

export function readTests({ under, scene }: Here): void {
  test('a consumer without an offset starts at the oldest record', async () => {
    const { key, recorder, subscribe, append } = scene()
    const values = await append([key('a')], 3)
    const reader = recorder()
    await subscribe(reader)
    await scene().until('the old records', () => reader.seen.length === 3)
    expect(reader.values(key('a'))).toEqual(values)
  })

  test('a consumer starts exactly at its stored offset', async () => {
    const { key, recorder, subscribe, append, locate } = scene()
    const values = await append([key('a')], 6)
    const { partition, offsets } = await locate(key('a'))
    const reader = recorder({ store: new Map([[partition, offsets[4] ?? -1n]]) })
    await subscribe(reader)
    await scene().until('the last two', () => reader.seen.length === 2)
    expect(reader.values(key('a'))).toEqual(values.slice(4))
    const more = await append([key('a')], 1)
    await scene().until('what comes then', () => reader.seen.length === 3)
    expect(reader.values(key('a'))).toEqual([...values.slice(4), ...more])
  })

  test('a consumer whose offset is the end gets only what comes then', async () => {
    const { key, recorder, subscribe, append, locate } = scene()
    await append([key('a')], 2)
    const { partition, offsets } = await locate(key('a'))
    const reader = recorder({ store: new Map([[partition, (offsets[1] ?? 0n) + 1n]]) })
    await subscribe(reader)
    await scene().until('assigned', () => reader.owned.has(partition))
    const more = await append([key('a')], 2)
    await scene().until('the new ones', () => reader.seen.length === 2)
    expect(reader.values(key('a'))).toEqual(more)
    expect(reader.truncations).toEqual([])
  })

  test('one batch at a time per partition; what arrives meanwhile waits, in batches of bounded size', async () => {
    const { log, topic, key, recorder, subscribe } = scene()
    const latch = createLatch()
    const reader = recorder({ onBatch: () => latch.opened })
    await subscribe(reader)
    const count = under().maxBatchRecords * 3
    await log.append(topic, [{ key: key('a'), value: 'first' }])
    await scene().until('the first batch runs', () => reader.running() === 1)
    const values = Array.from({ length: count }, (_, index) => `${index}`)
    await log.append(
      topic,
      values.map(value => ({ key: key('a'), value })),
    )
    expect(reader.batches.length).toBe(1)
    expect(reader.seen.length).toBe(0)
    latch.open()
    await scene().until('all', () => reader.seen.length === count + 1)
    expect(reader.values(key('a'))).toEqual(['first', ...values])
    expect(Math.max(...reader.batches.map(batch => batch.records.length))).toBeLessThanOrEqual(under().maxBatchRecords)
    // What had already arrived comes together: not one by one.
    expect(reader.batches.length).toBeLessThan(count / 2)
  })

  test('a slow partition does not hold up the others', async () => {
    const { log, topic, key, recorder, subscribe, append } = scene()
    const latch = createLatch()
    const slow = key('slow')
    const reader = recorder({
      onBatch: async (_, mine) => {
        if (mine.some(record => record.key === slow)) await latch.opened
      },
    })
    await subscribe(reader)
    await log.append(topic, [{ key: slow, value: '1' }])
    await scene().until('the slow one runs', () => reader.running() === 1)
    const slowPartition = reader.batches[0]?.partition
    const others = Array.from({ length: 12 }, (_, index) => key(`other-${index}`))
    await append(others, 20)
    const arrivedOf = (name: string) => reader.values(name).length
    // Keys that share the slow partition must wait; there are others.
    const done = () => others.filter(name => arrivedOf(name) === 20)
    await scene().until(
      'others go on',
      () => done().length > 0 && reader.seen.every(seen => seen.partition !== slowPartition),
    )
    latch.open()
    await scene().until('all', () => done().length === others.length)
  })

  test('when a batch rejects, the same records come again, and nothing behind them before', async () => {
    const { key, recorder, subscribe, append } = scene()
    const attempts: string[][] = []
    const reader = recorder({
      onBatch: async (_, mine) => {
        attempts.push(mine.map(record => Buffer.from(record.value).toString()))
        if (attempts.length <= 2) throw new Error('the store is away')
      },
    })
    await subscribe(reader)
    const values = await append([key('a')], 3)
    await scene().until('all', () => reader.seen.length === 3)
    expect(reader.values(key('a'))).toEqual(values)
    expect(attempts[1]).toEqual(attempts[0])
    expect(attempts[2]).toEqual(attempts[0])
  })

  test('when assigned rejects, it is asked again', async () => {
    const { key, recorder, subscribe, append } = scene()
    const values = await append([key('a')], 1)
    let failures = 0
    const reader = recorder()
    const assigned = reader.consumer.assigned.bind(reader.consumer)
    const consumer = {
      ...reader.consumer,
      assigned: async (...where: Parameters<typeof assigned>) => {
        if (failures++ < 2) throw new Error('the store is away')
        return assigned(...where)
      },
    }
    await subscribe({ ...reader, consumer })
    await scene().until('the record', () => reader.seen.length === 1)
    expect(reader.values(key('a'))).toEqual(values)
  })

  test('a start before the oldest record continues there, and is reported', async () => {
    const { topic, key, recorder, subscribe, append, locate } = scene()
    const values = await append([key('a')], 5)
    const { partition, offsets } = await locate(key('a'))
    const [, second, , fourth] = offsets
    if (second === undefined || fourth === undefined) throw new Error('the records were not found')
    await under().truncate(topic, partition, fourth)
    const reader = recorder({ store: new Map([[partition, second]]) })
    await subscribe(reader)
    await scene().until('what is left', () => reader.seen.length === 2)
    expect(reader.values(key('a'))).toEqual(values.slice(3))
    expect(reader.truncations).toEqual([{ partition, wanted: second, oldest: fourth }])
  })

  test('an offset beyond the end, of a log that was made anew, starts at the oldest, and is reported', async () => {
    const { key, recorder, subscribe, append, locate } = scene()
    const values = await append([key('a')], 2)
    const { partition } = await locate(key('a'))
    const reader = recorder({ store: new Map([[partition, 1_000_000_000n]]) })
    await subscribe(reader)
    await scene().until('the records', () => reader.seen.length === 2)
    expect(reader.values(key('a'))).toEqual(values)
    expect(reader.truncations).toMatchObject([{ partition, wanted: 1_000_000_000n }])
  })

  test('an idle consumer gets a record soon (printed, not judged)', async () => {
    const { log, topic, key, recorder, subscribe } = scene()
    const latencies: number[] = []
    let sentAt = 0
    const reader = recorder({
      onBatch: async () => {
        latencies.push(performance.now() - sentAt)
      },
    })
    await subscribe(reader)
    for (let index = 0; index < 60; index++) {
      sentAt = performance.now()
      await log.append(topic, [{ key: key(`${index % 7}`), value: 'x' }])
      await scene().until('it comes', () => latencies.length === index + 1)
    }
    const sorted = latencies.slice(10).sort((a, b) => a - b)
    const [p50, p99] = [percentile(sorted, 0.5), percentile(sorted, 0.99)]
    console.log(`append to delivery, idle: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`)
  })
}
