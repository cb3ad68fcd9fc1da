import { expect, test } from 'vitest'
import type { PartitionRun } from '../partition-run.ts'
import { createLanes } from './lanes.ts'

function fakeRun(partition: number): PartitionRun & { end(): Promise<void>; readonly isStopped: () => boolean } {
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  let isStopped = false
  return {
    partition,
    ended,
    stop() {
      isStopped = true
    },
    abandon: () => undefined,
    isStopped: () => isStopped,
    async end() {
      resolve()
      await ended
      await Promise.resolve()
    },
  }
}

function scene(revokeWaitMs = 100) {
  let nowMs = 0
  const lanes = createLanes(revokeWaitMs, () => nowMs)
  return { lanes, pass: (ms: number) => (nowMs += ms) }
}

test('a partition may go to others when its run has ended, and is told once', async () => {
  const { lanes } = scene()
  const run = fakeRun(3)
  let ends = 0
  lanes.open(10, () => run)
  expect([lanes.numbers(), lanes.isOpen(10)]).toEqual([[3], true])
  lanes.close(10, () => ends++)
  expect([run.isStopped(), lanes.isOpen(10), lanes.isClosing(10)]).toEqual([true, false, true])
  expect(lanes.released()).toEqual({ ids: [], late: [] })
  await run.end()
  expect(ends).toBe(1)
  expect(lanes.released()).toEqual({ ids: [10], late: [] })
  expect(lanes.released()).toEqual({ ids: [], late: [] })
})

test('one that does not end in time may go all the same, and is named', () => {
  const { lanes, pass } = scene(100)
  lanes.open(10, () => fakeRun(3))
  lanes.close(10, () => undefined)
  pass(60)
  expect(lanes.dueMs()).toBe(40)
  pass(40)
  expect(lanes.released()).toEqual({ ids: [10], late: [3] })
  expect(lanes.dueMs()).toBeNull()
})

test('the next run of a partition here waits for the last one, however late', async () => {
  const { lanes, pass } = scene(100)
  const first = fakeRun(3)
  lanes.open(10, () => first)
  lanes.close(10, () => undefined)
  pass(100)
  lanes.released()
  let mayBegin = false
  lanes.open(10, after => {
    void after.then(() => {
      mayBegin = true
    })
    return fakeRun(3)
  })
  await Promise.resolve()
  expect(mayBegin).toBe(false)
  await first.end()
  expect(mayBegin).toBe(true)
})

test('closing all waits for all, and leaves nothing to give back', async () => {
  const { lanes } = scene()
  const runs = [fakeRun(0), fakeRun(1)]
  for (const [id, run] of runs.entries()) lanes.open(id, () => run)
  let isDone = false
  const done = lanes.closeAll().then(() => {
    isDone = true
  })
  await runs[0]?.end()
  expect([isDone, runs.every(run => run.isStopped())]).toEqual([false, true])
  await runs[1]?.end()
  await done
  expect(lanes.released()).toEqual({ ids: [], late: [] })
})
