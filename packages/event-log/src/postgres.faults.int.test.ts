import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Consumer } from './event-log.ts'
import { partitionOf } from './partition-of.ts'
import { expectWhole, keepAppending, numbers } from './testing/appending.ts'
import { type PostgresFixture, startPostgresFixture, topic } from './testing/postgres-fixture.ts'
import { createScene, type Scene } from './testing/scene.ts'
import { createLatch, until } from './testing/until.ts'

let fixture: PostgresFixture
/** What became of an append and a subscription before there were topics. */
let withoutTopics: readonly PromiseSettledResult<unknown>[] = []
let scene: Scene
const unhandled: unknown[] = []
const noteUnhandled = (error: unknown) => unhandled.push(error)

beforeAll(async () => {
  process.on('unhandledRejection', noteUnhandled)
  fixture = await startPostgresFixture('native')
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

test('the server is killed and comes back while records are written and read: nothing lost, order kept', async () => {
  const producer = fixture.connect()
  const reading = fixture.connect()
  const reader = scene.recorder()
  const subscription = await scene.subscribe(reader, { log: reading.log })
  const keys = ['a', 'b', 'c'].map(scene.key)
  const appending = keepAppending(producer.log, keys)
  await scene.until('it runs', () => reader.seen.length > 100)

  for (let round = 0; round < 2; round++) {
    await fixture.server.kill()
    await until('the loss is noticed', 20_000, () => !producer.log.healthy() && !subscription.health().healthy)
    await fixture.server.restart()
    const before = appending.confirmed()
    await until('appends go on', 30_000, () => appending.confirmed() > before)
    const seen = reader.seen.length
    await until('reading goes on', 30_000, () => reader.seen.length > seen)
  }

  const count = await appending.stop()
  await scene.until('all is read', () => keys.every(key => reader.values(key).length >= count))
  // Not even once too often: an insert that is sent again is recognised.
  for (const key of keys) expect(numbers(reader.values(key))).toEqual(Array.from({ length: count }, (_, n) => n))
  await scene.until('it is healthy again', () => subscription.health().healthy && producer.log.healthy())
  expect([...producer.said, ...reading.said].filter(({ level }) => level === 'error')).toEqual([])
})

test('connections that break in the middle of inserts lose nothing, and double nothing', async () => {
  const { log, network } = fixture.connect()
  const keys = ['a', 'b'].map(scene.key)
  const appending = keepAppending(log, keys)
  for (let round = 0; round < 10; round++) {
    const before = appending.confirmed()
    await until('appends go on', 10_000, () => appending.confirmed() > before + 3)
    network.cut()
    network.mend()
  }
  const count = await appending.stop()
  const reader = scene.recorder()
  await scene.subscribe(reader)
  await scene.until('all is read', () => reader.seen.length >= count * keys.length)
  for (const key of keys) expect(numbers(reader.values(key))).toEqual(Array.from({ length: count }, (_, n) => n))
})

test('several processes append to the same partitions: offsets have no gaps, and nobody reads past one that is not committed', async () => {
  const reader = scene.recorder()
  await scene.subscribe(reader)
  const writers = Array.from({ length: 4 }, (_, index) => {
    // All in one partition, and some in others, so that the locks cross.
    const keys = Array.from({ length: 6 }, (_, key) => scene.key(`${index}-${key}`))
    return { keys, appending: keepAppending(fixture.connect({ gatherMs: 0 }).log, keys) }
  })
  await scene.until('they all run', () => writers.every(({ appending }) => appending.confirmed() > 50))
  for (const { keys, appending } of writers) {
    const count = await appending.stop()
    await scene.until('all is read', () => keys.every(key => reader.values(key).length >= count))
    for (const key of keys) expectWhole(numbers(reader.values(key)), count)
  }
  const gaps = await fixture.query(
    `select p.number from log.partitions p
      where (select count(*) from log.records r where r.partition = p.id) <> p.next_offset - p.oldest_offset`,
  )
  expect(gaps).toEqual([])
})

test('a record that nobody notified of is found by asking', async () => {
  const reader = scene.recorder()
  await scene.subscribe(reader)
  await scene.append([scene.key('a')], 1)
  await scene.until('it reads', () => reader.seen.length === 1)
  await fixture.underTest.appendBytes(topic, scene.key('a'), Buffer.from('quiet'))
  await scene.until('it is found', () => reader.seen.length === 2)
  expect(reader.values(scene.key('a')).at(-1)).toBe('quiet')
})

test('consumers come and go without pause: every record is stored once, in order', async () => {
  const store = new Map<number, bigint>()
  const keys = Array.from({ length: 12 }, (_, index) => scene.key(`${index}`))
  const stable = scene.recorder({ store })
  const recorders = [stable]
  await scene.subscribe(stable, { log: fixture.connect().log })
  const appending = keepAppending(fixture.connect().log, keys)
  for (let round = 0; round < 8; round++) {
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

test('a batch that does not end does not keep the group waiting, and nothing overlaps it here', async () => {
  const store = new Map<number, bigint>()
  const latch = createLatch()
  let isStuck = true
  const stuck = scene.recorder({ store, onBatch: () => (isStuck ? latch.opened : Promise.resolve()) })
  const other = scene.recorder({ store })
  await scene.subscribe(stuck, { log: fixture.connect({ revokeWaitMs: 300 }).log })
  // So many that every partition has some.
  const keys = Array.from({ length: 80 }, (_, index) => scene.key(`${index}`))
  await scene.append(keys, 2)
  await scene.until('it is stuck', () => stuck.running() === stuck.owned.size && stuck.running() > 1)
  const all = stuck.owned.size
  await scene.subscribe(other, { log: fixture.connect().log })
  await scene.until('the other goes on alone', () => other.owned.size > 0 && other.seen.length > 0)
  expect(stuck.running()).toBe(all)
  isStuck = false
  latch.open()
  await scene.until('they share', () => stuck.running() === 0 && stuck.owned.size + other.owned.size === all)
  await scene.append(keys, 2)
  const isWhole = (key: string) => new Set([...stuck.values(key), ...other.values(key)]).size === 4
  await scene.until('all is read', () => keys.every(isWhole))
})

test('a consumer that falls silent is taken for dead; when it is back, it joins again', async () => {
  const store = new Map<number, bigint>()
  const { log, network, said } = fixture.connect({ requestTimeoutMs: 500 })
  const [lost, other] = [scene.recorder({ store }), scene.recorder({ store })]
  const subscription = await scene.subscribe(lost, { log })
  await scene.subscribe(other, { log: fixture.connect().log })
  await scene.until('they share', () => lost.owned.size > 0 && other.owned.size > 0)
  const all = lost.owned.size + other.owned.size
  // What it sends still arrives, once on each of its connections: that long it is heard of.
  network.stall()
  await scene.until('the other has all', () => other.owned.size === all)
  await scene.until('it says so, and has ended its own', () => {
    const { healthy, detail } = subscription.health()
    return !healthy && detail !== null && lost.owned.size === 0
  })
  network.mend()
  await scene.until('they share again', () => lost.owned.size > 0 && lost.owned.size + other.owned.size === all)
  expect(subscription.health()).toMatchObject({ healthy: true, restarts: 1, detail: null })
  const keys = Array.from({ length: 20 }, (_, index) => scene.key(`${index}`))
  await scene.append(keys, 2)
  await scene.until('both read', () => lost.seen.length + other.seen.length === 40)
  expect(said.filter(({ level }) => level === 'warn').map(({ message }) => message)).toContain(
    'no part in the group: trying on',
  )
})

test('whoever is alone need not wait for the members that a killed process left behind', async () => {
  const { log, network } = fixture.connect()
  const killed = scene.recorder()
  await scene.subscribe(killed, { log })
  network.cut()
  const alone = fixture.connect({ isAlone: true, sessionTimeoutMs: 3_600_000 })
  await alone.log.ensureTopics()
  const next = scene.recorder()
  await scene.subscribe(next, { log: alone.log })
  await scene.until('it has all', () => next.owned.size === killed.owned.size && next.owned.size > 0)
  // Its own members are not left behind by anybody.
  const members = () => fixture.query('select id from log.members where consumer_group = $1', [scene.group])
  const before = await members()
  await alone.log.ensureTopics()
  expect(await members()).toEqual(before)
})

test('old records are dropped, and a reader that still wanted them is told', async () => {
  const key = scene.key('a')
  const partition = partitionOf(key, 6)
  await scene.append([key], 10)
  const janitor = fixture.connect({ retentionMs: 0, retentionCheckMs: 20 })
  await janitor.log.ensureTopics()
  await scene.until('they are gone', () => janitor.said.some(({ message }) => message === 'old records were dropped'))
  await janitor.log.close()
  const [row] = await fixture.query(
    `select oldest_offset, next_offset, (select count(*) from log.records r where r.partition = p.id) as count
       from log.partitions p where topic = $1 and number = $2`,
    [topic, partition],
  )
  expect(row?.count).toBe('0')
  expect(row?.oldest_offset).toBe(row?.next_offset)

  const reader = scene.recorder({ store: new Map([[partition, 0n]]) })
  await scene.subscribe(reader)
  const [last] = await scene.append([key], 1)
  await scene.until('what came after', () => reader.seen.length === 1)
  expect(reader.values(key)).toEqual([last])
  expect(reader.truncations).toEqual([{ partition, wanted: 0n, oldest: BigInt(String(row?.oldest_offset)) }])
})

test('without a server an append is given up at its deadline, and the log says that it does not answer', async () => {
  const { log, network } = fixture.connect({ deadlineMs: 1_000 })
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

test('a schema of another version is left alone, and said', async () => {
  await fixture.query('update log.schema_version set version = 99')
  try {
    await expect(fixture.connect().log.ensureTopics()).rejects.toThrow(/schema "log" has version 99/)
  } finally {
    await fixture.query('update log.schema_version set version = 1')
  }
})
