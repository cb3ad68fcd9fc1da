import { topics } from '@rollcall/contracts'
import { expect, test } from 'vitest'
import { EventLogError } from '../event-log.ts'
import type { LogUnderTest } from './log-under-test.ts'
import type { Scene } from './scene.ts'

export type Here = { under(): LogUnderTest; scene(): Scene }

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  )
}

export function writeTests({ under, scene }: Here): void {
  test('ensuring the topics twice is ensuring them once', async () => {
    await scene().log.ensureTopics()
    await scene().connect().ensureTopics()
  })

  test('what was appended is there for a reader who comes later, in order per key', async () => {
    const { log, topic, key, recorder, subscribe } = scene()
    const keys = ['a', 'b', 'c', 'd', 'e'].map(key)
    // Concurrent appends, some of several records: the order of the calls is the order in the log.
    const appends = Array.from({ length: 200 }, (_, index) =>
      log.append(
        topic,
        keys.flatMap(name => [`${index}.1`, `${index}.2`].map(value => ({ key: name, value }))),
      ),
    )
    await Promise.all(appends)

    const reader = recorder()
    await subscribe(reader)
    await scene().until('all records', () => reader.seen.length >= 200 * 2 * keys.length)
    const expected = Array.from({ length: 200 }, (_, index) => [`${index}.1`, `${index}.2`]).flat()
    for (const name of keys) {
      expect(reader.values(name)).toEqual(expected)
      expect(new Set(reader.seen.filter(record => record.key === name).map(record => record.partition)).size).toBe(1)
    }
  })

  test('the two topics are apart', async () => {
    const { log, key, recorder, subscribe } = scene()
    await log.append(topics.commands, [{ key: key('a'), value: 'command' }])
    await log.append(topics.events, [{ key: key('a'), value: 'event' }])
    const [events, commands] = [recorder(), recorder()]
    await subscribe(events)
    await log.subscribe({ topic: topics.commands, group: scene().group, consumer: commands.consumer })
    await scene().until('both', () => events.seen.length > 0 && commands.seen.length > 0)
    expect(events.values(key('a'))).toEqual(['event'])
    expect(commands.values(key('a'))).toEqual(['command'])
  })

  test('a text of any characters, and an empty one, come back as the same bytes', async () => {
    const { log, topic, key, recorder, subscribe } = scene()
    const texts = ['', 'ü \u0000 \u2028 \u{1F600}', JSON.stringify({ a: 1 })]
    await log.append(
      topic,
      texts.map(value => ({ key: key('ключ'), value })),
    )
    const reader = recorder()
    await subscribe(reader)
    await scene().until('all', () => reader.seen.length === texts.length)
    expect(reader.values(key('ключ'))).toEqual(texts)
  })

  test('bytes that are no text are delivered untouched, and do not stop the stream', async () => {
    const { topic, key, recorder, subscribe } = scene()
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    await under().appendBytes(topic, key('a'), bytes)
    await under().appendBytes(topic, key('a'), null)
    const [last] = await scene().append([key('a')], 1)
    const values: string[] = []
    const reader = recorder({
      onBatch: async (_, mine) => {
        values.push(...mine.map(record => Buffer.from(record.value).toString('hex')))
      },
    })
    await subscribe(reader)
    await scene().until('all', () => reader.seen.length === 3)
    expect(values).toEqual([Buffer.from(bytes).toString('hex'), '', Buffer.from(last ?? '').toString('hex')])
  })

  test('a large record is carried; one beyond the limit is refused clearly, and disturbs nobody', async () => {
    const { log, topic, key, recorder, subscribe } = scene()
    const large = 'x'.repeat(under().recordBytesMax - 1_000)
    const tooLarge = 'x'.repeat(under().recordBytesMax + 1)
    const [refused] = await Promise.all([
      failure(
        log.append(topic, [
          { key: key('a'), value: 'not alone' },
          { key: key('a'), value: tooLarge },
        ]),
      ),
      log.append(topic, [{ key: key('a'), value: large }]),
      log.append(topic, [{ key: key('a'), value: 'small' }]),
    ])
    expect(refused).toBeInstanceOf(EventLogError)
    expect(refused).toMatchObject({ code: 'record-too-large' })
    const reader = recorder()
    await subscribe(reader)
    await scene().until('both', () => reader.seen.length >= 2)
    expect(reader.values(key('a'))).toEqual([large, 'small'])
  })

  test('nothing to append is appended at once', async () => {
    await scene().log.append(scene().topic, [])
  })

  test('a closed log refuses, and says so', async () => {
    const { topic, key, recorder, connect } = scene()
    const log = connect()
    await log.append(topic, [{ key: key('a'), value: '1' }])
    expect(log.healthy()).toBe(true)
    await log.close()
    await log.close()
    expect(log.healthy()).toBe(false)
    const calls = [
      log.append(topic, [{ key: key('a'), value: '2' }]),
      log.subscribe({ topic, group: scene().group, consumer: recorder().consumer }),
      log.ensureTopics(),
    ]
    for (const call of calls) expect(await failure(call)).toMatchObject({ code: 'closed' })
  })

  test('what was appended before close is durable', async () => {
    const { topic, key, recorder, subscribe, connect } = scene()
    const log = connect()
    const appends = Array.from({ length: 50 }, (_, index) => log.append(topic, [{ key: key('a'), value: `${index}` }]))
    await log.close()
    const results = await Promise.allSettled(appends)
    expect(results.filter(result => result.status === 'rejected')).toEqual([])
    const reader = recorder()
    await subscribe(reader)
    await scene().until('all', () => reader.seen.length === 50)
  })
}
