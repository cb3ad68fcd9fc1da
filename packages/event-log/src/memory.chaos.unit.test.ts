import fc from 'fast-check'
import { test } from 'vitest'
import { createMemoryBroker, createMemoryEventLog, type MemoryEventLog } from './memory.ts'
import { createRecorder, type Recorder } from './testing/recorder.ts'

const topic = 'rollcall.events'
const group = 'group'
const keys = ['a', 'b', 'c', 'd']

type Step =
  | { readonly do: 'append'; readonly key: number; readonly count: number }
  | { readonly do: 'join' | 'leave' | 'rebalance' | 'breathe' }
  | { readonly do: 'reject'; readonly times: number }
  | { readonly do: 'lose'; readonly when: 'before' | 'after' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('append' as const),
    key: fc.nat(keys.length - 1),
    count: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({ do: fc.constantFrom('join' as const, 'leave' as const, 'rebalance' as const, 'breathe' as const) }),
  fc.record({ do: fc.constant('reject' as const), times: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ do: fc.constant('lose' as const), when: fc.constantFrom('before' as const, 'after' as const) }),
)

/** Timers that are due at once: back-off passes, in its order, but no time. */
const hasty = {
  after(_: number, run: () => void) {
    let isTakenBack = false
    queueMicrotask(() => {
      if (!isTakenBack) run()
    })
    return () => {
      isTakenBack = true
    }
  },
}

async function breathe(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve()
}

/** Timers for the bound on waiting must not be due at once: a batch here always ends by itself. */
function timersFor(boundMs: number) {
  return {
    after: (ms: number, run: () => void) => (ms === boundMs ? () => undefined : hasty.after(ms, run)),
  }
}

test('whatever happens to the group, every record is stored once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
      const revokeWaitMs = 987_654
      const broker = createMemoryBroker({
        partitions: 3,
        maxBatchRecords: 3,
        revokeWaitMs,
        timers: timersFor(revokeWaitMs),
      })
      const store = new Map<number, bigint>()
      const writer = createMemoryEventLog({ broker })
      const expected = new Map<string, string[]>(keys.map(key => [key, []]))
      const clients: MemoryEventLog[] = []
      const recorders: Recorder[] = []
      let rejections = 0
      let number = 0

      async function join(): Promise<void> {
        const recorder = createRecorder({
          store,
          isMine: () => true,
          async onBatch() {
            await breathe(3)
            if (rejections > 0) {
              rejections--
              throw new Error('rejected on purpose')
            }
          },
        })
        const client = createMemoryEventLog({ broker })
        recorders.push(recorder)
        clients.push(client)
        await client.subscribe({ topic, group, consumer: recorder.consumer })
      }

      async function take(next: Step): Promise<void> {
        if (next.do === 'append') {
          const key = keys[next.key] ?? 'a'
          const values = Array.from({ length: next.count }, () => `${number++}`)
          expected.get(key)?.push(...values)
          await writer.append(
            topic,
            values.map(value => ({ key, value })),
          )
        } else if (next.do === 'lose') {
          broker.failAppends({ when: next.when })
          const value = `${number++}`
          if (next.when === 'after') expected.get('a')?.push(value)
          await writer.append(topic, [{ key: 'a', value }]).then(
            () => {
              throw new Error('the append should have failed')
            },
            () => undefined,
          )
        } else if (next.do === 'join') await join()
        else if (next.do === 'leave') await clients.shift()?.close()
        else if (next.do === 'rebalance') void broker.rebalance(group)
        else if (next.do === 'reject') rejections += next.times
        else await breathe(7)
      }

      await join()
      for (const next of steps) await take(next)
      if (clients.length === 0) await join()
      rejections = 0
      await broker.idle()
      const stored = recorders.flatMap(recorder => recorder.seen).sort((x, y) => Number(x.offset - y.offset))
      for (const [key, values] of expected) {
        const found = stored.filter(record => record.key === key).map(record => record.value)
        if (found.join() !== values.join()) throw new Error(`${key}: ${found.join()} instead of ${values.join()}`)
      }
      const broken = recorders.flatMap(recorder => recorder.broken)
      if (broken.length > 0) throw new Error(broken.join('\n'))
      await Promise.all(clients.map(client => client.close()))
    }),
    { numRuns: 300 },
  )
})
