import { expect, test } from 'vitest'
import { createLatch } from './until.ts'
import type { Here } from './write-tests.ts'

export function groupTests({ under, scene }: Here): void {
  test('two groups read independently', async () => {
    const { key, recorder, subscribe, append } = scene()
    const [one, two] = [recorder(), recorder()]
    await subscribe(one, { group: `${scene().group}-1` })
    await subscribe(two, { group: `${scene().group}-2` })
    const values = await append([key('a')], 5)
    await scene().until('both have all', () => one.seen.length === 5 && two.seen.length === 5)
    expect(one.values(key('a'))).toEqual(values)
    expect(two.values(key('a'))).toEqual(values)
  })

  test("the consumers of a group share its partitions, and a closed one's move to the other", async () => {
    const { key, recorder, subscribe, append, connect } = scene()
    const store = new Map<number, bigint>()
    const [one, two] = [recorder({ store }), recorder({ store })]
    await subscribe(one)
    await scene().until('one has all', () => one.owned.size > 1)
    const all = one.owned.size
    const second = await subscribe(two, { log: connect() })
    await scene().until('they share', () => two.owned.size > 0 && one.owned.size + two.owned.size === all)
    expect([...one.owned].filter(partition => two.owned.has(partition))).toEqual([])

    const keys = Array.from({ length: 20 }, (_, index) => key(`${index}`))
    const before = await append(keys, 5)
    await scene().until('both work', () => one.seen.length + two.seen.length === 100)
    expect(one.seen.length).toBeGreaterThan(0)
    expect(two.seen.length).toBeGreaterThan(0)

    await second.close()
    expect(two.owned.size).toBe(0)
    const seenByTwo = two.seen.length
    await scene().until('all move to one', () => one.owned.size === all)
    const after = await append(keys, 5)
    await scene().until('one works alone', () => one.seen.length + two.seen.length === 200)
    expect(two.seen.length).toBe(seenByTwo)
    for (const name of keys) {
      const both = [...two.values(name), ...one.values(name)].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))
      expect(both).toEqual([...before, ...after])
    }
  })

  test("a killed consumer's partitions move to the other, from the stored offsets", async () => {
    const { key, recorder, subscribe, append, connect } = scene()
    const store = new Map<number, bigint>()
    const [one, two] = [recorder({ store }), recorder({ store })]
    const doomed = connect()
    await subscribe(one)
    await subscribe(two, { log: doomed })
    await scene().until('they share', () => one.owned.size > 0 && two.owned.size > 0)
    const keys = Array.from({ length: 20 }, (_, index) => key(`${index}`))
    await append(keys, 3)
    await scene().until('both work', () => one.seen.length + two.seen.length === 60)
    const owned = one.owned.size + two.owned.size
    await under().kill(doomed)
    const seenByTwo = two.seen.length
    await append(keys, 3)
    await scene().until('one takes over', () => one.owned.size === owned && one.seen.length + two.seen.length === 120)
    expect(two.seen.length).toBe(seenByTwo)
  })

  test('a rebalance in the middle of a batch: it is told to stop, nothing comes after revoked, nothing is lost', async () => {
    const { key, recorder, subscribe, append, connect } = scene()
    const store = new Map<number, bigint>()
    const keys = Array.from({ length: 12 }, (_, index) => key(`${index}`))
    let cut = 0
    // Gives up as soon as it is told to, so its records are not stored and must come again, here or there.
    const one = recorder({
      store,
      onBatch: ({ signal }) =>
        new Promise((_resolve, reject) => {
          const stop = () => {
            cut++
            reject(new Error('gave up'))
          }
          if (signal.aborted) stop()
          else signal.addEventListener('abort', stop, { once: true })
        }),
    })
    const two = recorder({ store })
    const first = await subscribe(one)
    const values = await append(keys, 4)
    await scene().until('batches run', () => one.running() > 0)
    await subscribe(two, { log: connect() })
    await scene().until('they were told', () => cut > 0 && two.owned.size > 0)
    await first.close()
    expect(one.owned.size).toBe(0)
    expect(one.seen.length).toBe(0)
    await scene().until('the other has all', () => two.seen.length === 4 * keys.length)
    for (const name of keys) expect(two.values(name)).toEqual(values)
  })

  test('nobody else is assigned a partition while its batch still ends; one that stays goes on where the batch ended', async () => {
    const { key, recorder, subscribe, append, connect } = scene()
    const store = new Map<number, bigint>()
    const keys = Array.from({ length: 12 }, (_, index) => key(`${index}`))
    const latch = createLatch()
    const one = recorder({ store, onBatch: () => latch.opened })
    let overlaps = 0
    const two = recorder({
      store,
      onAssigned: () => {
        overlaps += one.running()
      },
    })
    await subscribe(one)
    await append(keys, 4)
    await scene().until('batches run', () => one.running() > 0)
    const aborted = () => one.batches.some(batch => batch.signal.aborted)
    const joining = subscribe(two, { log: connect() })
    await scene().until('the batch is told to end', aborted)
    // The other must wait for it; that it could go on is shown by these appends going on.
    await append([key('meanwhile')], 20)
    expect(overlaps).toBe(0)
    latch.open()
    await joining
    await scene().until('all are seen once', () => one.seen.length + two.seen.length === 4 * keys.length + 20)
    await append(keys, 4)
    await scene().until('it goes on', () => one.seen.length + two.seen.length === 8 * keys.length + 20)
    const places = [...one.seen, ...two.seen].map(({ partition, offset }) => `${partition}/${offset}`)
    expect(new Set(places).size).toBe(places.length)
    expect(one.revocations()).toBeGreaterThan(0)
    expect(overlaps).toBe(0)
  })

  test('close stops delivery: no batch begins after it', async () => {
    const { key, recorder, subscribe, append } = scene()
    const reader = recorder()
    const subscription = await subscribe(reader)
    await append([key('a')], 3)
    await scene().until('they came', () => reader.seen.length === 3)
    expect(subscription.health()).toMatchObject({ healthy: true, restarts: 0, detail: null })
    expect(subscription.health().partitions.length).toBe(reader.owned.size)
    await subscription.close()
    await subscription.close()
    expect(reader.owned.size).toBe(0)
    expect(subscription.health().healthy).toBe(false)
    await append([key('a')], 3)
    const after = recorder({ store: reader.store })
    await subscribe(after)
    await scene().until('another reads on', () => after.seen.length === 3)
    expect(reader.seen.length).toBe(3)
  })

  test('close waits for the running batch, and leaves nothing open', async () => {
    const { key, recorder, subscribe, append, connect } = scene()
    const log = connect()
    const latch = createLatch()
    const reader = recorder({ onBatch: () => latch.opened })
    await subscribe(reader, { log })
    await append([key('a')], 1)
    await scene().until('the batch runs', () => reader.running() === 1)
    let isClosed = false
    const closing = log.close().then(() => {
      isClosed = true
    })
    await scene().until('it is told to end', () => reader.batches[0]?.signal.aborted === true)
    expect(isClosed).toBe(false)
    latch.open()
    await closing
    expect(reader.seen.length).toBe(1)
    expect(reader.owned.size).toBe(0)
    await scene().until('all is quiet', () => under().isQuiet(log))
  })
}
