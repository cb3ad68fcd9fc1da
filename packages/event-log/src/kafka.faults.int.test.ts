import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Consumer } from './event-log.ts'
import { expectWhole, keepAppending, numbers } from './testing/appending.ts'
import { type KafkaFixture, sessionTimeoutMs, startKafkaFixture, topic } from './testing/kafka-fixture.ts'
import { createScene, type Scene } from './testing/scene.ts'
import { createLatch, until } from './testing/until.ts'

let fixture: KafkaFixture
/** What became of an append and a subscription before there were topics. */
let withoutTopics: readonly PromiseSettledResult<unknown>[] = []
let scene: Scene
const unhandled: unknown[] = []
const noteUnhandled = (error: unknown) => unhandled.push(error)

beforeAll(async () => {
  process.on('unhandledRejection', noteUnhandled)
  fixture = await startKafkaFixture('native')
  const { log } = fixture.connect({ topicMissingMs: 300 })
  const consumer: Consumer = {
    assigned: async () => null,
    batch: async () => undefined,
    revoked: async () => undefined,
  }
  withoutTopics = await Promise.allSettled([
    log.append(topic, [{ key: 'a', value: '1' }]),
    log.subscribe({ topic, group: 'early', consumer }),
  ])
  await log.ensureTopics()
})
afterAll(async () => {
  process.off('unhandledRejection', noteUnhandled)
  await fixture?.close()
})
beforeEach(() => {
  scene = createScene(fixture.underTest)
})
afterEach(async () => {
  await scene.end()
  expect(unhandled).toEqual([])
})

test('without its topic, appending and subscribing are refused by name', () => {
  for (const result of withoutTopics) {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'topic-missing' } })
  }
})

test('the broker is killed and comes back while records are written and read: nothing lost, order kept', async () => {
  const producer = fixture.connect()
  const reading = fixture.connect()
  const reader = scene.recorder()
  const subscription = await scene.subscribe(reader, { log: reading.log })
  const keys = ['a', 'b', 'c'].map(scene.key)
  await scene.until('joined', () => reader.owned.size > 0)
  const appending = keepAppending(producer.log, keys)
  await scene.until('it runs', () => reader.seen.length > 100)

  for (let round = 0; round < 2; round++) {
    await fixture.broker.kill()
    const downAt = performance.now()
    await until('the loss is noticed', 20_000, () => !producer.log.healthy() && !subscription.health().healthy)
    await fixture.broker.restart()
    const before = appending.confirmed()
    const backAt = performance.now()
    await until('appends go on', 30_000, () => appending.confirmed() > before)
    const appendMs = performance.now() - backAt
    const seen = reader.seen.length
    await until('reading goes on', 60_000, () => reader.seen.length > seen)
    console.log(
      `broker down for ${Math.round(backAt - downAt)} ms; after its return appends went on in ${Math.round(appendMs)} ms, reading in ${Math.round(performance.now() - backAt)} ms`,
    )
  }

  const count = await appending.stop()
  await scene.until('all is read', () => keys.every(key => new Set(reader.values(key)).size === count))
  for (const key of keys) expectWhole(numbers(reader.values(key)), count)
  expect(subscription.health().healthy).toBe(true)
  expect(producer.log.healthy()).toBe(true)
  expect([...producer.said, ...reading.said].filter(({ level }) => level === 'error')).toEqual([])
})

test('consumers come and go without pause: every record is stored once, in order', async () => {
  const store = new Map<number, bigint>()
  const keys = Array.from({ length: 12 }, (_, index) => scene.key(`${index}`))
  const recorders = [scene.recorder({ store })]
  const stable = recorders[0]
  if (!stable) throw new Error('unreachable')
  await scene.subscribe(stable, { log: fixture.connect().log })
  const appending = keepAppending(fixture.connect().log, keys)
  for (let round = 0; round < 6; round++) {
    const guest = scene.recorder({ store })
    recorders.push(guest)
    const { log } = fixture.connect()
    await scene.subscribe(guest, { log })
    await scene.until('the guest takes part', () => guest.owned.size > 0 && guest.seen.length > 0)
    // Half of them leave in the middle of things.
    if (round % 2 === 0) await log.close()
  }
  const count = await appending.stop()
  const all = () => recorders.flatMap(recorder => recorder.seen)
  await scene.until(
    'all is read',
    () => new Set(all().map(({ partition, offset }) => `${partition}/${offset}`)).size === count * keys.length,
  )
  expect(all().length).toBe(count * keys.length)
})

test('a batch that does not end does not keep the group waiting, and nothing overlaps it', async () => {
  const store = new Map<number, bigint>()
  const latch = createLatch()
  let isStuck = true
  const stuck = scene.recorder({ store, onBatch: () => (isStuck ? latch.opened : Promise.resolve()) })
  const other = scene.recorder({ store })
  const first = fixture.connect({ revokeWaitMs: 500 })
  await scene.subscribe(stuck, { log: first.log })
  // So many that every partition has some.
  const keys = Array.from({ length: 80 }, (_, index) => scene.key(`${index}`))
  await scene.append(keys, 2)
  await scene.until('it is stuck', () => stuck.running() === stuck.owned.size && stuck.running() > 1)
  const all = stuck.owned.size
  await scene.subscribe(other, { log: fixture.connect().log })
  await scene.until('the other goes on alone', () => other.owned.size > 0 && other.seen.length > 0)
  // What is ours still, by the group, waits for the batches that still run.
  expect(stuck.running()).toBe(all)
  isStuck = false
  latch.open()
  await scene.until('they share', () => stuck.running() === 0 && stuck.owned.size + other.owned.size === all)
  await scene.append(keys, 2)
  const isWhole = (key: string) => new Set([...stuck.values(key), ...other.values(key)]).size === 4
  await scene.until('all is read', () => keys.every(isWhole))
})

test('a consumer that falls silent is restarted by its watchdog, and says so', async () => {
  const { log, network, said } = fixture.connect()
  const reader = scene.recorder()
  const subscription = await scene.subscribe(reader, { log })
  await scene.until('joined', () => reader.owned.size > 0)
  network.stall()
  await until('it is noticed', sessionTimeoutMs * 4, () => !subscription.health().healthy)
  await until('it is restarted', sessionTimeoutMs * 4, () => subscription.health().restarts === 1)
  expect(subscription.health().detail).toBeTruthy()
  const values = await scene.append([scene.key('a')], 3)
  network.mend()
  await scene.until('it reads again', () => reader.seen.length === 3)
  expect(reader.values(scene.key('a'))).toEqual(values)
  expect(subscription.health()).toMatchObject({ healthy: true, restarts: 1, detail: null })
  expect(said.filter(({ level }) => level === 'warn').map(({ message }) => message)).toContain(
    'the consumer fell silent: restarting it',
  )
})

test('a broker that freezes and thaws is no loss', async () => {
  const reading = fixture.connect()
  const reader = scene.recorder()
  const subscription = await scene.subscribe(reader, { log: reading.log })
  const producer = fixture.connect({ requestTimeoutMs: 2_000 })
  const keys = ['a', 'b'].map(scene.key)
  await scene.until('joined', () => reader.owned.size > 0)
  const appending = keepAppending(producer.log, keys)
  await scene.until('it runs', () => reader.seen.length > 50)
  await fixture.broker.kill('SIGSTOP')
  await until('the watchdog acts', 30_000, () => subscription.health().restarts > 0)
  await fixture.broker.kill('SIGCONT')
  const before = reader.seen.length
  await until('reading goes on', 60_000, () => reader.seen.length > before)
  const count = await appending.stop()
  await scene.until('all is read', () => keys.every(key => new Set(reader.values(key)).size === count))
  for (const key of keys) expectWhole(numbers(reader.values(key)), count)
})

test('records that retention takes away before they were read are reported, and reading goes on', async () => {
  const reader = scene.recorder()
  const { log, network } = fixture.connect({ readAheadBytesMax: 1_000, maxBatchRecords: 10 })
  await scene.append([scene.key('a')], 1)
  const subscription = await scene.subscribe(reader, { log })
  await scene.until('read', () => reader.seen.length === 1)
  const partition = reader.seen[0]?.partition ?? -1
  await subscription.close()
  const next = reader.store.get(partition) ?? -1n
  await scene.append([scene.key('a')], 20)
  await fixture.underTest.truncate(topic, partition, next + 15n)
  await scene.subscribe(reader, { log })
  await scene.until('what is left', () => reader.seen.length === 6)
  expect(reader.truncations).toEqual([{ partition, wanted: next, oldest: next + 15n }])

  // And once more while it is subscribed, but cut off.
  network.stall()
  await scene.append([scene.key('a')], 20)
  await fixture.underTest.truncate(topic, partition, next + 35n)
  network.mend()
  await scene.until('what is left then', () => reader.values(scene.key('a')).at(-1) === 'v40')
  const truncation = reader.truncations.at(-1)
  expect(truncation?.partition).toBe(partition)
  expect(truncation?.oldest).toBe(next + 35n)
})

test('without a broker an append is given up at its deadline, and the log says that it does not answer', async () => {
  const { log, network } = fixture.connect({ deadlineMs: 1_500 })
  network.cut()
  await expect(log.append(topic, [{ key: 'a', value: '1' }])).rejects.toMatchObject({ code: 'unreachable' })
  expect(log.healthy()).toBe(false)
  await expect(log.subscribe({ topic, group: scene.group, consumer: scene.recorder().consumer })).rejects.toMatchObject(
    { code: 'unreachable' },
  )
  network.mend()
  await log.append(topic, [{ key: scene.key('a'), value: '2' }])
  expect(log.healthy()).toBe(true)
})
