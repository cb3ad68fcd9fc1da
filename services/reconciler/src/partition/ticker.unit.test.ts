import { eventCodec } from '@rollcall/contracts'
import type { EventLog, LogRecord } from '@rollcall/event-log'
import { createManualTime, silentLogger } from '@rollcall/service'
import { expect, test } from 'vitest'
import { silentMetrics } from '../silent-metrics.ts'
import { Ticker } from './ticker.ts'

const start = 1_000_000

function setUp() {
  const time = createManualTime(start)
  const ticks: [number, number, number][] = []
  const world = { isBehind: false, failures: 0 }
  const log = {
    async append(_topic: string, records: readonly LogRecord[]) {
      if (world.failures-- > 0) throw new Error('no broker')
      for (const { value } of records) {
        const read = eventCodec.decode(value)
        if (read.ok && read.value.type === 'Ticked')
          ticks.push([time.clock.now() - start, read.value.due - start, read.value.at - start])
      }
    },
  } as unknown as EventLog
  const ticker = new Ticker(
    { log, ...time, random: () => 1, logger: silentLogger, metrics: silentMetrics },
    { backoff: { baseMs: 100, maxMs: 10_000 }, tickIntervalMinMs: 250, tickGraceMs: 1_000 },
    () => world.isBehind,
  )
  return { time, ticks, world, ticker }
}

test('when the time comes a tick is appended, once', async () => {
  const { time, ticks, ticker } = setUp()
  ticker.arm('c1', start + 5_000)
  ticker.arm('c1', start + 5_000)
  await time.advance(20_000)
  expect(ticks).toEqual([[5_000, 5_000, 5_000]])
  ticker.arm('c1', start + 5_000)
  await time.advance(20_000)
  expect(ticks).toHaveLength(1)
})

test('a new time replaces the old one; null takes it back', async () => {
  const { time, ticks, ticker } = setUp()
  ticker.arm('c1', start + 5_000)
  ticker.arm('c1', start + 7_000)
  ticker.arm('c2', start + 6_000)
  ticker.arm('c2', null)
  await time.advance(20_000)
  expect(ticks).toEqual([[7_000, 7_000, 7_000]])
})

test('after a restart an overdue tick waits a little, for it may be in the log already', async () => {
  const { time, ticks, ticker } = setUp()
  ticker.arm('c1', start - 60_000)
  await time.advance(500)
  ticker.seen('c1', start - 60_000)
  ticker.arm('c1', null)
  await time.advance(10_000)
  expect(ticks).toEqual([])
})

test('an overdue tick that is not in the log is appended with the present time', async () => {
  const { time, ticks, ticker } = setUp()
  ticker.arm('c1', start - 60_000)
  await time.advance(2_000)
  expect(ticks).toEqual([[1_000, -60_000, 1_000]])
})

test('ticks of one stream keep their distance: one serves all that fell due meanwhile', async () => {
  const { time, ticks, ticker } = setUp()
  await time.advance(0)
  ticker.arm('c1', start + 2_000)
  await time.advance(2_000)
  ticker.seen('c1', start + 2_000)
  ticker.arm('c1', start + 2_010)
  await time.advance(1_000)
  expect(ticks.map(([at]) => at)).toEqual([2_000, 2_250])
})

test('while the partition is behind a tick waits, but not for ever', async () => {
  const { time, ticks, world, ticker } = setUp()
  world.isBehind = true
  ticker.arm('c1', start + 2_000)
  await time.advance(2_600)
  expect(ticks).toEqual([])
  await time.advance(1_000)
  expect(ticks.map(([at]) => at)).toEqual([3_000])
})

test('a tick that did not reach the log is appended again after a back-off', async () => {
  const { time, ticks, world, ticker } = setUp()
  world.failures = 2
  ticker.arm('c1', start + 2_000)
  await time.advance(5_000)
  expect(ticks.map(([at]) => at)).toEqual([2_300])
})

test('a decision that keeps naming a time that has passed makes no storm of ticks', async () => {
  const { time, ticks, ticker } = setUp()
  ticker.arm('c1', start + 2_000)
  for (let second = 0; second < 600; second++) {
    await time.advance(100)
    const last = ticks.at(-1)
    if (!last) continue
    ticker.seen('c1', start + last[1])
    ticker.arm('c1', start + 2_000)
  }
  expect(ticks.length).toBeLessThan(15)
})

test('a forgotten stream and a closed ticker append nothing', async () => {
  const { time, ticks, ticker } = setUp()
  ticker.arm('c1', start + 2_000)
  ticker.forget('c1')
  ticker.arm('c2', start + 2_000)
  ticker.close()
  await time.advance(10_000)
  expect(ticks).toEqual([])
  expect(time.armed()).toBe(0)
})
