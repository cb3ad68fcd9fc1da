import { topics } from '@rollcall/contracts'
import { createManualTime, createMemoryLogger } from '@rollcall/service'
import { createMemoryStore } from '@rollcall/store'
import { expect, test } from 'vitest'
import { silentMetrics } from '../silent-metrics.ts'
import { type Faults, faultyStore, noFaults } from '../testing/faulty.ts'
import { Hold } from './hold.ts'

const settings = { group: 'g', backoff: { baseMs: 100, maxMs: 1_000 }, retakeAfterMs: 8_000 }
const forever = new AbortController().signal
const deadLetter = (offset: number) => ({
  offset: BigInt(offset),
  key: 'c1',
  bytes: new Uint8Array(),
  code: 'not-json',
  reason: 'not JSON',
})

async function setUp() {
  const time = createManualTime()
  const store = createMemoryStore()
  const faults: Faults = noFaults()
  const logger = createMemoryLogger()
  const ports = {
    ...time,
    store: faultyStore(store, faults),
    logger,
    metrics: silentMetrics,
    random: () => 0.5,
    process: 'r1',
  }
  const hold = await Hold.take(ports, settings, topics.events, 0)
  const commit = async (nextOffset: number | null, signal: AbortSignal = forever) => {
    const deadLetters = nextOffset === null ? [] : [deadLetter(nextOffset - 1)]
    const result = hold.commit(
      { streams: [], deadLetters, nextOffset: nextOffset === null ? null : BigInt(nextOffset) },
      signal,
    )
    result.catch(() => undefined)
    await time.advance(20_000)
    return await result
  }
  /** Another process takes the partition and commits up to `nextOffset`. */
  const intrude = async (nextOffset: number) => {
    const { owner } = await store.takeOwnership('g', topics.events, 0, 'r2')
    await store.commitBatch({ owner, nextOffset: BigInt(nextOffset), streams: [], deadLetters: [] })
  }
  const offsets = () => store.tables.deadLetters.map(({ offset }) => Number(offset))
  return { time, store, faults, hold, commit, intrude, offsets }
}

test('a commit that worked moves the offset', async () => {
  const { commit, hold, offsets } = await setUp()
  expect(hold.nextOffset).toBe(null)
  expect(await commit(5)).toBe('applied')
  expect([hold.nextOffset, hold.epoch, offsets()]).toEqual([5n, 1, [4]])
})

test('a commit that did not reach the store is made again', async () => {
  const { commit, hold, faults, offsets } = await setUp()
  faults.commits.push('lost', 'lost', 'answer-lost')
  expect(await commit(5)).toBe('applied')
  expect([hold.nextOffset, hold.epoch, offsets()]).toEqual([5n, 4, [4]])
})

test('a commit whose answer was lost, while another process was there, is not taken for done or undone', async () => {
  const { commit, faults, intrude, hold, offsets } = await setUp()
  await commit(5)
  faults.commits.push('lost')
  faults.onFault = () => intrude(9)
  expect(await commit(7)).toBe('startOver')
  expect([hold.nextOffset, offsets()]).toEqual([9n, [4]])
})

test('a commit that does not move the offset leaves no trace to tell by: start over', async () => {
  const { commit, faults } = await setUp()
  await commit(5)
  faults.commits.push('lost')
  expect(await commit(null)).toBe('startOver')
  faults.commits.push('answer-lost')
  expect(await commit(null)).toBe('startOver')
})

test('what the server refuses is not sent again as it is', async () => {
  const { commit, faults, hold, offsets } = await setUp()
  faults.commits.push('refused')
  expect(await commit(5)).toBe('startOver')
  expect([hold.nextOffset, offsets()]).toEqual([null, []])
})

test('an aborted signal ends the trying', async () => {
  const { commit, faults, time } = await setUp()
  faults.isDead = true
  const controller = new AbortController()
  time.timers.after(5_000, () => controller.abort(new Error('revoked')))
  await expect(commit(5, controller.signal)).rejects.toThrow('this process is dead')
})
