import { expect, test } from 'vitest'
import { type AppendQueueOptions, createAppendQueue, type Sender, type SendResult } from './append-queue.ts'
import type { OutgoingRecord } from './outgoing.ts'

const topic = 'rollcall.events'

/** A log that answers as it is told, and notes what was sent. */
function createFakeSender() {
  const sent: string[][] = []
  const answers: (SendResult | Promise<SendResult>)[] = []
  let forgotten = 0
  const sender: Sender = {
    async send(batch: readonly OutgoingRecord[]) {
      sent.push(batch.map(record => record.value.toString()))
      return answers.shift() ?? { kind: 'durable' }
    },
    async forget() {
      forgotten++
    },
  }
  return { sender, sent, answers, forgotten: () => forgotten }
}

function createQueue(sender: Sender, options: Partial<AppendQueueOptions> = {}) {
  let now = 0
  const queue = createAppendQueue({
    sender,
    recordBytesMax: 1_000,
    batchBytesMax: 1_000,
    batchRecordsMax: 100,
    queueBytesMax: 10_000,
    deadlineMs: 1_000,
    topicMissingMs: 100,
    now: () => now,
    gatherMs: 0,
    wait: async () => {
      now += 60
    },
    ...options,
  })
  return {
    queue,
    append: (...values: string[]) =>
      queue.append(
        topic,
        values.map(value => ({ key: 'k', value })),
      ),
  }
}

const retry: SendResult = { kind: 'retry', code: 'unreachable', cause: new Error('away') }
const missing: SendResult = { kind: 'retry', code: 'topic-missing', cause: new Error('no topic') }
const tooLarge: SendResult = { kind: 'too-large', cause: new Error('too large') }
const settled = async () => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
}

test('a request soon after another waits for company; after a quiet time it leaves at once', async () => {
  const { sender, sent } = createFakeSender()
  let now = 1_000
  const waits: { readonly ms: number; readonly over: () => void }[] = []
  const wait = (ms: number) => new Promise<void>(resolve => waits.push({ ms, over: resolve }))
  const { append } = createQueue(sender, { gatherMs: 20, now: () => now, wait })
  await append('a')
  expect(sent).toEqual([['a']])

  now += 5
  const appends = [append('b'), append('c')]
  await settled()
  expect([waits.map(({ ms }) => ms), sent]).toEqual([[15], [['a']]])
  appends.push(append('d'))
  now += 15
  waits[0]?.over()
  await Promise.all(appends)
  expect(sent).toEqual([['a'], ['b', 'c', 'd']])

  now += 20
  await append('e')
  expect([waits.length, sent.at(-1)]).toEqual([1, ['e']])
})

test('a request that is full does not wait for company', async () => {
  const { sender, sent } = createFakeSender()
  const wait = () => Promise.reject(new Error('waited'))
  const { append } = createQueue(sender, { gatherMs: 20, now: () => 0, wait, batchRecordsMax: 2 })
  await append('a')
  await append('b', 'c')
  expect(sent).toEqual([['a'], ['b', 'c']])
})

test('what was appended while a request was under way goes out together with the next', async () => {
  const { sender, sent, answers } = createFakeSender()
  const first = Promise.withResolvers<SendResult>()
  answers.push(first.promise)
  const { append } = createQueue(sender)
  const appends = [append('1')]
  await settled()
  appends.push(append('2'), append('3', '4'), append('5'))
  await settled()
  expect(sent).toEqual([['1']])
  first.resolve({ kind: 'durable' })
  await Promise.all(appends)
  expect(sent).toEqual([['1'], ['2', '3', '4', '5']])
})

test('a request is bounded in records and bytes, and an append resolves with its last record', async () => {
  const { sender, sent } = createFakeSender()
  const { append } = createQueue(sender, { batchRecordsMax: 3 })
  await append('1', '2', '3', '4', '5', '6', '7')
  expect(sent).toEqual([['1', '2', '3'], ['4', '5', '6'], ['7']])
  sent.length = 0
  const big = 'x'.repeat(600)
  await Promise.all([append(big), append(big)])
  expect(sent.map(batch => batch.length)).toEqual([1, 1])
})

test('after an unknown answer the very same batch is sent again, before anything else', async () => {
  const { sender, sent, answers, forgotten } = createFakeSender()
  answers.push(retry, retry)
  const { append } = createQueue(sender)
  const one = append('1', '2')
  await settled()
  await Promise.all([one, append('3')])
  expect(sent).toEqual([['1', '2'], ['1', '2'], ['1', '2'], ['3']])
  expect(forgotten()).toBe(0)
})

test('an append that is given up is forgotten, and the others go on without it', async () => {
  const { sender, sent, answers, forgotten } = createFakeSender()
  // The first batch never works until the deadline of 1,000 ms has passed, in steps of 60.
  answers.push(...Array.from({ length: 18 }, () => retry))
  const { append } = createQueue(sender, { batchRecordsMax: 2 })
  const lost = append('1', '2', '3')
  await expect(lost).rejects.toMatchObject({ code: 'unreachable' })
  expect(forgotten()).toBe(1)
  await append('4')
  // Nothing of the rejected append is sent after its rejection.
  expect(sent.slice(-1)).toEqual([['4']])
  expect(sent.filter(batch => batch.includes('3'))).toEqual([])
})

test('a younger append of the same batch outlives the older one that is given up', async () => {
  const { sender, sent, answers } = createFakeSender()
  const gate = Promise.withResolvers<SendResult>()
  answers.push(gate.promise, ...Array.from({ length: 10 }, () => retry))
  let now = 0
  const { append } = createQueue(sender, {
    now: () => now,
    wait: async () => {
      now += 100
    },
  })
  const opener = append('0')
  await settled()
  const older = append('old')
  now = 300
  const younger = append('young')
  gate.resolve({ kind: 'durable' })
  await opener
  await expect(older).rejects.toMatchObject({ code: 'unreachable' })
  await younger
  expect(sent.at(-1)).toEqual(['young'])
})

test('a missing topic is given up sooner, and named', async () => {
  const { sender, sent, answers } = createFakeSender()
  answers.push(missing, missing, missing, missing)
  const { append } = createQueue(sender)
  await expect(append('1')).rejects.toMatchObject({ code: 'topic-missing' })
  expect(sent.length).toBe(3)
})

test('a batch that is too large for the log is sent one by one, and only the guilty is refused', async () => {
  const { sender, sent, answers } = createFakeSender()
  answers.push(tooLarge, { kind: 'durable' }, tooLarge)
  const { queue, append } = createQueue(sender)
  const results = await Promise.allSettled([append('1'), append('2', '3'), append('4')])
  expect(results.map(result => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(results[1]).toMatchObject({ reason: { code: 'record-too-large' } })
  expect(sent).toEqual([['1', '2', '3', '4'], ['1'], ['2'], ['4']])
  expect(queue.queuedBytes()).toBe(0)
})

test('a record beyond the limit is refused before anything of its append is sent', async () => {
  const { sender, sent } = createFakeSender()
  const { append } = createQueue(sender)
  await expect(append('fine', 'x'.repeat(1_000))).rejects.toMatchObject({ code: 'record-too-large' })
  expect(sent).toEqual([])
})

test('appends wait while too much is under way, and enter in their order', async () => {
  const { sender, sent, answers } = createFakeSender()
  const gate = Promise.withResolvers<SendResult>()
  answers.push(gate.promise)
  const { queue, append } = createQueue(sender, { queueBytesMax: 1_500 })
  const value = (name: string) => name.repeat(500)
  const appends = ['a', 'b', 'c', 'd', 'e'].map(name => append(value(name)))
  await settled()
  expect(queue.queuedBytes()).toBeLessThanOrEqual(1_500)
  expect(sent.length).toBe(1)
  gate.resolve({ kind: 'durable' })
  await Promise.all(appends)
  expect(sent.flat().map(text => text[0])).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(queue.queuedBytes()).toBe(0)
})

test('an append larger than the whole queue goes alone', async () => {
  const { sender, sent } = createFakeSender()
  const { append } = createQueue(sender, { queueBytesMax: 100 })
  await Promise.all([append('x'.repeat(500), 'y'.repeat(300)), append('z')])
  expect(sent.flat().map(text => text[0])).toEqual(['x', 'y', 'z'])
})

test('close lets what is under way end, and refuses what waits', async () => {
  const { sender, answers } = createFakeSender()
  const gate = Promise.withResolvers<SendResult>()
  answers.push(gate.promise)
  const { queue, append } = createQueue(sender, { queueBytesMax: 100 })
  const [under, waiting] = [append('1'), append('x'.repeat(200))]
  const refused = expect(waiting).rejects.toMatchObject({ code: 'closed' })
  await settled()
  const closing = queue.close()
  gate.resolve({ kind: 'durable' })
  await Promise.all([closing, under, refused])
  await expect(append('2')).rejects.toMatchObject({ code: 'closed' })
})

test('a refusal that no repetition can mend is told at once', async () => {
  const { sender, answers } = createFakeSender()
  answers.push({ kind: 'failed', cause: new Error('not allowed') })
  const { append } = createQueue(sender)
  await expect(append('1')).rejects.toMatchObject({ code: 'failed', cause: { message: 'not allowed' } })
})
