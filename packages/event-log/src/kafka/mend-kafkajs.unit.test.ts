import { createRequire } from 'node:module'
import { expect, test, vi } from 'vitest'
import { mendKafkajs } from './mend-kafkajs.ts'

type Queue = {
  pending: unknown[]
  throttledUntil: number
  throttleCheckTimeoutId: unknown
  checkPendingRequests: () => void
  scheduleCheckPendingRequests: () => void
}

const require = createRequire(import.meta.url)

function createQueue(): Queue {
  mendKafkajs()
  const RequestQueue = require('kafkajs/src/network/requestQueue/index.js') as new (options: object) => Queue
  return new RequestQueue({ logger: { debug: () => undefined } })
}

test('a queue without requests arms no timer', () => {
  const queue = createQueue()
  queue.checkPendingRequests()
  expect(queue.throttleCheckTimeoutId).toBeNull()
})

test('a request that waits for the end of throttling is looked at then, and only once', () => {
  vi.useFakeTimers()
  try {
    const queue = createQueue()
    const check = vi.spyOn(queue, 'checkPendingRequests').mockImplementation(() => {
      queue.pending = []
    })
    queue.pending = ['request']
    queue.throttledUntil = Date.now() + 500
    queue.scheduleCheckPendingRequests()
    queue.scheduleCheckPendingRequests()
    vi.advanceTimersByTime(499)
    expect(check).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(check).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(5_000)
    expect(check).toHaveBeenCalledTimes(1)
  } finally {
    vi.useRealTimers()
  }
})
