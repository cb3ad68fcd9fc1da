import { describe, expect, test } from 'vitest'
import { describeEventLog } from './contract-suite.ts'
import type { EventLog } from './event-log.ts'
import { createMemoryBroker, createMemoryEventLog, type MemoryEventLog } from './memory.ts'
import { createRecorder } from './testing/recorder.ts'
import { createLatch, until } from './testing/until.ts'

describeEventLog('the log in memory', async () => {
  const broker = createMemoryBroker({
    partitions: 6,
    maxBatchRecords: 100,
    recordBytesMax: 100_000,
    revokeWaitMs: 1_000,
  })
  const clients = new Map<EventLog, MemoryEventLog>()
  return {
    connect() {
      const log = createMemoryEventLog({ broker })
      clients.set(log, log)
      return log
    },
    recordBytesMax: 100_000,
    maxBatchRecords: 100,
    patienceMs: 3_000,
    async appendBytes(topic, key, value) {
      broker.appendBytes(topic, key, value)
    },
    async truncate(topic, partition, oldest) {
      broker.truncate(topic, partition, oldest)
    },
    async kill(log) {
      clients.get(log)?.crash()
    },
    isQuiet: () => true,
    async close() {
      await Promise.all([...clients.values()].map(log => log.close()))
    },
  }
})

describe('hooks for tests', () => {
  const topic = 'rollcall.events'
  const group = 'group'

  test('idle resolves when everything was delivered', async () => {
    const log = createMemoryEventLog()
    const reader = createRecorder({ isMine: () => true })
    await log.subscribe({ topic, group, consumer: reader.consumer })
    await log.append(topic, [{ key: 'a', value: '1' }])
    await log.broker.idle()
    expect(reader.values('a')).toEqual(['1'])
    await log.close()
  })

  test('what is appended while delivery is held arrives as one batch', async () => {
    const log = createMemoryEventLog({ partitions: 1 })
    const reader = createRecorder({ isMine: () => true })
    await log.subscribe({ topic, group, consumer: reader.consumer })
    const letGo = log.broker.holdDelivery()
    for (const value of ['1', '2', '3']) await log.append(topic, [{ key: 'a', value }])
    await log.broker.idle()
    expect(reader.seen).toEqual([])
    letGo()
    await log.broker.idle()
    expect(reader.batches.map(batch => batch.records.length)).toEqual([3])
    await log.close()
  })

  test('redeliver hands out the same records again', async () => {
    const log = createMemoryEventLog({ partitions: 1 })
    const values: string[] = []
    await log.subscribe({
      topic,
      group,
      consumer: {
        assigned: async () => null,
        batch: async ({ records }) => void values.push(...records.map(record => Buffer.from(record.value).toString())),
        revoked: async () => undefined,
      },
    })
    await log.append(topic, [{ key: 'a', value: '1' }])
    await log.append(topic, [{ key: 'a', value: '2' }])
    await log.broker.idle()
    log.broker.redeliver(topic, 0, 1n)
    await log.broker.idle()
    expect(values).toEqual(['1', '2', '2'])
    await log.close()
  })

  test('a rebalance revokes and assigns every partition', async () => {
    const log = createMemoryEventLog({ partitions: 2 })
    const reader = createRecorder({ isMine: () => true })
    await log.subscribe({ topic, group, consumer: reader.consumer })
    await log.broker.idle()
    await log.broker.rebalance(group)
    await log.broker.idle()
    expect([reader.assignments(), reader.revocations(), reader.owned.size]).toEqual([4, 2, 2])
    await log.close()
    expect(reader.broken).toEqual([])
  })

  test('a batch that outlasts the bound keeps its partition from being assigned again, until it ends', async () => {
    const log = createMemoryEventLog({ partitions: 1, revokeWaitMs: 1 })
    const latch = createLatch()
    const reader = createRecorder({ isMine: () => true, onBatch: () => latch.opened })
    await log.subscribe({ topic, group, consumer: reader.consumer })
    await log.append(topic, [{ key: 'a', value: '1' }])
    await until('the batch runs', 1_000, () => reader.running() === 1)
    await log.broker.rebalance(group)
    expect([reader.assignments(), reader.revocations(), reader.running()]).toEqual([1, 0, 1])
    latch.open()
    await log.broker.idle()
    expect([reader.assignments(), reader.revocations(), reader.running()]).toEqual([2, 1, 0])
    expect(reader.values('a')).toEqual(['1'])
    await log.close()
    expect(reader.broken).toEqual([])
  })

  test('an append that fails on purpose is in the log, or not, as asked', async () => {
    const log = createMemoryEventLog()
    log.broker.failAppends({ when: 'before' }, { when: 'after', code: 'failed' })
    await expect(log.append(topic, [{ key: 'a', value: '1' }])).rejects.toMatchObject({ code: 'unreachable' })
    await expect(log.append(topic, [{ key: 'a', value: '2' }])).rejects.toMatchObject({ code: 'failed' })
    await log.append(topic, [{ key: 'a', value: '3' }])
    expect(log.broker.records(topic).map(({ value }) => Buffer.from(value).toString())).toEqual(['2', '3'])
    await log.close()
  })
})
