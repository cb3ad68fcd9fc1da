import { expect, test } from 'vitest'
import { backoffMs, retry } from './backoff.ts'
import { createManualTime } from './manual-time.ts'
import { wait } from './time.ts'

test('timers fall due in order, each at its own time', async () => {
  const time = createManualTime(1_000)
  const seen: [string, number][] = []
  const note = (name: string) => () => {
    seen.push([name, time.clock.now()])
  }
  time.timers.after(20, note('b'))
  time.timers.after(10, note('a'))
  time.timers.after(20, note('c'))
  time.timers.after(15, note('taken back'))()
  expect(time.nextDue()).toBe(1_010)
  await time.advance(15)
  expect(seen).toEqual([['a', 1_010]])
  await time.advance(100)
  expect(seen).toEqual([
    ['a', 1_010],
    ['b', 1_020],
    ['c', 1_020],
  ])
  expect([time.clock.now(), time.armed()]).toEqual([1_115, 0])
})

test('a timer armed by another one within the advance runs as well', async () => {
  const time = createManualTime(0)
  let at = -1
  void wait(time.timers, 10)
    .then(() => wait(time.timers, 10))
    .then(() => {
      at = time.clock.now()
    })
  await time.advance(30)
  expect(at).toBe(20)
})

test('the clock shows whole milliseconds, whatever the delays', async () => {
  const time = createManualTime(1_000)
  const seen: number[] = []
  time.timers.after(0.5, () => seen.push(time.clock.now()))
  time.timers.after(10.25, () => seen.push(time.clock.now()))
  expect(time.nextDue()).toBe(1_001)
  await time.advance(11.5)
  expect([...seen, time.clock.now()]).toEqual([1_001, 1_011, 1_012])
})

test('waiting ends early when the signal aborts, and leaves no timer behind', async () => {
  const time = createManualTime()
  const controller = new AbortController()
  const waited = wait(time.timers, 1_000, controller.signal)
  controller.abort()
  expect(await waited).toBe(false)
  expect(time.armed()).toBe(0)
})

test('back-off doubles up to its bound; its upper half is by chance', () => {
  const backoff = { baseMs: 100, maxMs: 1_000 }
  expect([1, 2, 3, 4, 5, 500].map(failures => backoffMs(failures, backoff, () => 1))).toEqual([
    100, 200, 400, 800, 1_000, 1_000,
  ])
  expect(backoffMs(3, backoff, () => 0)).toBe(200)
})

test('retry tries until it works', async () => {
  const time = createManualTime(0)
  const tried: number[] = []
  const result = retry(
    async () => {
      tried.push(time.clock.now())
      if (tried.length < 3) throw new Error('not yet')
      return 'done'
    },
    {
      backoff: { baseMs: 10, maxMs: 1_000 },
      timers: time.timers,
      random: () => 1,
      signal: new AbortController().signal,
      again: () => true,
    },
  )
  await time.advance(100)
  expect(await result).toBe('done')
  expect(tried).toEqual([0, 10, 30])
})

test('retry gives up with the error when told so, or when the signal aborts', async () => {
  const time = createManualTime(0)
  const controller = new AbortController()
  const options = {
    backoff: { baseMs: 10, maxMs: 10 },
    timers: time.timers,
    random: () => 1,
    signal: controller.signal,
  }
  const fails = async () => {
    throw new Error('no')
  }
  await expect(retry(fails, { ...options, again: () => false })).rejects.toThrow('no')
  const trying = expect(retry(fails, { ...options, again: () => true })).rejects.toThrow('no')
  controller.abort()
  await trying
})
