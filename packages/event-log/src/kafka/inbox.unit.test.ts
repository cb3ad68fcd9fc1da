import type { KafkaMessage } from 'kafkajs'
import { expect, test } from 'vitest'
import { silent } from '../logger.ts'
import { systemTimers } from '../timers.ts'
import type { Bounds } from './brokers.ts'
import { createInbox, type Fetched } from './inbox.ts'

function message(offset: number, size = 10): KafkaMessage {
  const value = Buffer.alloc(size, offset)
  return { key: Buffer.from('k'), value, timestamp: '0', attributes: 0, offset: String(offset), headers: {} }
}

function fetched(from: number, to: number, size?: number): Fetched {
  const messages = Array.from({ length: to - from + 1 }, (_, index) => message(from + index, size))
  return { messages, firstOffset: BigInt(from), lastOffset: BigInt(to), highWatermark: BigInt(to + 1) }
}

function createCase(bounds: Bounds = { oldest: 0n, next: 100n }, bytesMax = 10_000) {
  const steps: string[] = []
  const truncations: [bigint, bigint][] = []
  const running = new AbortController()
  let answer: Bounds | Error = bounds
  const inbox = createInbox({
    topic: 'rollcall.events',
    partition: 3,
    flow: {
      pause: () => steps.push('pause'),
      resume: () => steps.push('resume'),
      seek: offset => steps.push(`seek ${offset}`),
    },
    bounds: async () => {
      if (answer instanceof Error) throw answer
      return answer
    },
    onTruncated: (wanted, oldest) => truncations.push([wanted, oldest]),
    bytesMax,
    timers: systemTimers,
    logger: silent,
  })
  const settled = async () => {
    for (let turn = 0; turn < 30; turn++) await Promise.resolve()
  }
  return {
    inbox,
    steps,
    truncations,
    running,
    settled,
    setBounds: (next: Bounds | Error) => {
      answer = next
    },
    open: (wanted: bigint | null) => inbox.open(wanted, running.signal),
    async take(max = 1_000) {
      const chunk = await inbox.take(max, running.signal)
      return chunk?.records.map(record => Number(record.offset)) ?? null
    },
  }
}

test('starts where it is told, at the oldest without an offset', async () => {
  const known = createCase()
  await known.open(7n)
  expect(known.steps).toEqual(['seek 7', 'resume'])
  const unknown = createCase({ oldest: 5n, next: 9n })
  await unknown.open(null)
  expect(unknown.steps).toEqual(['seek 5', 'resume'])
  expect(unknown.truncations).toEqual([])
})

test('hands out what arrived, in chunks, and drops what came before the start', async () => {
  const { inbox, open, take } = createCase()
  await open(5n)
  inbox.offer(fetched(3, 9))
  inbox.offer(fetched(8, 12))
  expect(await take(4)).toEqual([5, 6, 7, 8])
  expect(await take()).toEqual([9, 10, 11, 12])
})

test('the high watermark is never before the last record, whatever the broker noted', async () => {
  const { inbox, open, running } = createCase()
  await open(0n)
  inbox.offer({ ...fetched(0, 9), highWatermark: 5n })
  expect((await inbox.take(100, running.signal))?.highWatermark).toBe(9n)
})

test('take waits for the next fetch, or for the end', async () => {
  const { inbox, open, take, running } = createCase()
  await open(0n)
  const first = take()
  inbox.offer(fetched(0, 0))
  expect(await first).toEqual([0])
  const second = take()
  running.abort()
  expect(await second).toBeNull()
})

test('a full inbox stops the fetches, and lets them go on when half of it is delivered', async () => {
  const { inbox, steps, open, take } = createCase({ oldest: 0n, next: 100n }, 2_000)
  await open(0n)
  steps.length = 0
  for (let offset = 0; offset < 10; offset++) inbox.offer(fetched(offset, offset, 100))
  expect(steps).toEqual(['pause'])
  expect(await take(2)).toEqual([0, 1])
  expect(steps).toEqual(['pause'])
  await take(5)
  expect(steps).toEqual(['pause', 'resume'])
  await take()
  expect(inbox.bufferedBytes()).toBe(0)
})

test('a gap that retention tore is reported, and reading goes on at the oldest', async () => {
  const { inbox, steps, truncations, open, take, settled, setBounds } = createCase()
  await open(0n)
  inbox.offer(fetched(0, 4))
  setBounds({ oldest: 20n, next: 100n })
  inbox.offer(fetched(22, 25))
  await settled()
  expect(truncations).toEqual([[5n, 20n]])
  expect(steps.slice(-3)).toEqual(['pause', 'seek 20', 'resume'])
  inbox.offer(fetched(20, 25))
  expect(await take()).toEqual([0, 1, 2, 3, 4, 20, 21, 22, 23, 24, 25])
})

test('a jump of the client is undone: what lies between is fetched', async () => {
  const { inbox, steps, truncations, open, take, settled } = createCase()
  await open(0n)
  inbox.offer(fetched(9, 12))
  await settled()
  expect(steps.slice(-2)).toEqual(['seek 0', 'resume'])
  inbox.offer(fetched(0, 12))
  expect((await take())?.length).toBe(13)
  expect(truncations).toEqual([])
})

test('offsets that the log does not have are skipped, after it was looked twice', async () => {
  const { inbox, truncations, open, take, settled } = createCase()
  await open(0n)
  inbox.offer(fetched(1, 2))
  await settled()
  inbox.offer(fetched(1, 2))
  expect(await take()).toEqual([1, 2])
  inbox.offer(fetched(4, 5))
  await settled()
  inbox.offer(fetched(4, 5))
  expect(await take()).toEqual([4, 5])
  expect(truncations).toEqual([])
})

test('when the brokers do not answer about a gap, it asks again', async () => {
  const { inbox, open, take, settled, setBounds, steps } = createCase()
  await open(0n)
  setBounds(new Error('away'))
  inbox.offer(fetched(5, 6))
  await settled()
  expect(steps.at(-1)).toBe('pause')
  setBounds({ oldest: 0n, next: 100n })
  await expect.poll(() => steps.at(-1)).toBe('resume')
  inbox.offer(fetched(0, 6))
  expect((await take())?.length).toBe(7)
})

test('nothing is taken in after the end', async () => {
  const { inbox, open, running } = createCase()
  await open(0n)
  running.abort()
  inbox.offer(fetched(0, 3))
  expect(inbox.bufferedBytes()).toBe(0)
})
