import { type Command, commandCodec } from '@rollcall/contracts'
import type { EventLog, LogRecord } from '@rollcall/event-log'
import { createManualTime, settled, silentLogger } from '@rollcall/service'
import { expect, test } from 'vitest'
import type { ReconcilerStore } from '../ports.ts'
import { silentMetrics } from '../silent-metrics.ts'
import { nodeObserved } from '../testing/events.ts'
import { createToyCore } from '../testing/toy-core.ts'
import { Publisher } from './publisher.ts'

function commandsOf(count: number): readonly Command[] {
  const core = createToyCore()
  const state = core.createState('c1')
  for (let index = 0; index < count; index++)
    core.evolve(state, nodeObserved('c1', `n${10 + index}`, index + 1, index + 1))
  return core.decide(state).commands
}

function setUp() {
  const time = createManualTime()
  const world = { isDown: false, hangs: false, appended: [] as string[], appends: 0, marked: [] as string[] }
  const log = {
    async append(_topic: string, records: readonly LogRecord[]) {
      if (world.hangs) await new Promise(() => undefined)
      await new Promise<void>(resolve => time.timers.after(10, resolve))
      if (world.isDown) throw new Error('no broker')
      world.appends++
      for (const { value } of records) {
        const read = commandCodec.decode(value)
        if (read.ok) world.appended.push(read.value.id)
      }
    },
  } as unknown as EventLog
  const store = {
    async markPublished(ids: readonly string[]) {
      world.marked.push(...ids)
    },
  } as unknown as ReconcilerStore
  const publisher = new Publisher(
    { log, store, ...time, random: () => 1, logger: silentLogger, metrics: silentMetrics },
    { backoff: { baseMs: 100, maxMs: 1_000 }, commandsPerAppendMax: 3, unpublishedMax: 4 },
    0,
  )
  return { time, world, publisher }
}

const never = new AbortController().signal
const isDone = async (promise: Promise<unknown>) => {
  let done = false
  void promise.then(() => {
    done = true
  })
  await settled()
  return done
}

test('commands go out in order, some at a time, each once, and are marked', async () => {
  const { time, world, publisher } = setUp()
  const commands = commandsOf(8)
  publisher.enqueue(commands.slice(0, 5))
  publisher.enqueue(commands)
  await time.advance(1_000)
  expect(world.appended).toEqual(commands.map(({ id }) => id))
  expect(world.marked).toEqual(world.appended)
  expect(world.appends).toBe(3)
})

test('a log that is away is tried until it is back, and the trouble is said', async () => {
  const { time, world, publisher } = setUp()
  world.isDown = true
  publisher.enqueue(commandsOf(2))
  await time.advance(5_000)
  expect(publisher.trouble).toBe('2 commands of partition 0 cannot be published: no broker')
  world.isDown = false
  await time.advance(2_000)
  expect([world.appended.length, publisher.trouble]).toEqual([2, null])
})

test('whoever decides waits while too many commands wait', async () => {
  const { time, world, publisher } = setUp()
  world.isDown = true
  publisher.enqueue(commandsOf(8))
  const room = publisher.room(never)
  expect(await isDone(room)).toBe(false)
  expect(await isDone(publisher.room(AbortSignal.abort()))).toBe(true)
  world.isDown = false
  await time.advance(5_000)
  expect(await isDone(room)).toBe(true)
  expect(await isDone(publisher.drained(never))).toBe(true)
})

test('closing waits for an append under way, but not for ever', async () => {
  const { time, world, publisher } = setUp()
  publisher.enqueue(commandsOf(2))
  const closed = publisher.close()
  await time.advance(10)
  expect([await isDone(closed), world.appended.length]).toEqual([true, 2])
  const hanging = setUp()
  hanging.world.hangs = true
  hanging.publisher.enqueue(commandsOf(2))
  const given = hanging.publisher.close()
  await hanging.time.advance(1_999)
  expect(await isDone(given)).toBe(false)
  await hanging.time.advance(1)
  expect(await isDone(given)).toBe(true)
})

test('a closed publisher lets nobody wait, and takes nothing more', async () => {
  const { time, world, publisher } = setUp()
  world.isDown = true
  publisher.enqueue(commandsOf(8))
  const drained = publisher.drained(never)
  await time.advance(1_000)
  const closed = publisher.close()
  await time.advance(1_000)
  expect(await isDone(closed)).toBe(true)
  expect(await isDone(drained)).toBe(true)
  publisher.enqueue(commandsOf(9))
  world.isDown = false
  await time.advance(5_000)
  expect(world.appended).toEqual([])
})
