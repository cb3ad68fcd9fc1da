import type { WatchEvent } from '@rollcall/kube'
import { createManualTime } from '@rollcall/service'
import { expect, test } from 'vitest'
import { WatchQueue } from './watch-queue.ts'

const now = { copies: 1, delayMs: 0 } as const
const at = (number: number): WatchEvent => ({ type: 'BOOKMARK', resourceVersion: String(number) })

test('a reader who falls behind is cut off: what waits is dropped, and nothing more is kept', async () => {
  const queue = new WatchQueue(createManualTime().timers)
  for (let number = 0; number < 5; number++) queue.push(at(number), now)
  let cuts = 0
  // The five of the history do not count.
  queue.boundFromHere(10, () => {
    cuts += 1
    queue.end(new Error('cut'))
  })
  for (let number = 5; number < 15; number++) queue.push(at(number), now)
  expect(cuts).toBe(0)
  for (let number = 15; number < 100; number++) queue.push(at(number), now)
  expect(cuts).toBe(1)
  await expect(queue.next()).rejects.toThrow('cut')
})

test('late events count as well', async () => {
  const time = createManualTime()
  const queue = new WatchQueue(time.timers)
  queue.boundFromHere(10, () => queue.end(new Error('cut')))
  for (let number = 0; number < 11; number++) queue.push(at(number), { copies: 1, delayMs: 1_000 })
  await time.advance(5_000)
  await expect(queue.next()).rejects.toThrow('cut')
})

test('a reader who keeps up, if never quite, is told everything in order', async () => {
  const queue = new WatchQueue(createManualTime().timers)
  queue.boundFromHere(10, () => queue.end(new Error('cut')))
  for (let number = 0; number < 8; number++) queue.push(at(number), now)
  for (let number = 8; number < 500; number++) {
    expect(await queue.next()).toEqual(at(number - 8))
    queue.push(at(number), now)
  }
})
