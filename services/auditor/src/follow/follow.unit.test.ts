import { StoreError } from '@rollcall/store'
import { afterEach, expect, test } from 'vitest'
import { writePlaces } from '../answers/places.ts'
import type { AuditorSettings } from '../settings.ts'
import { type Asking, startAsking } from '../testing/ask.ts'
import { createFakeStore } from '../testing/fake-store.ts'

let asking: Asking | null = null
const readers: AbortController[] = []
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.abort()
  await asking?.auditor.stop()
  asking = null
})

async function start(settings: Partial<AuditorSettings> = {}, over: Parameters<typeof createFakeStore>[0] = {}) {
  const fake = createFakeStore(over)
  fake.add('north', 'Ticked', 'Ticked')
  fake.add('south', 'Ticked')
  asking = await startAsking(fake.store, settings)
  const { get, time } = asking
  /** Opens a stream; `until` reads on, in virtual time, until the text holds something. */
  const follow = async (query = '', headers: Record<string, string> = {}) => {
    const abort = new AbortController()
    readers.push(abort)
    const response = await get(`/api/v1/events/stream${query}`, { headers, signal: abort.signal })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    let isDone = false
    const reading = (async () => {
      for (;;) {
        const part = await reader?.read()
        if (!part || part.done) break
        text += part.value
      }
    })()
      .catch(() => undefined)
      .finally(() => {
        isDone = true
      })
    return {
      response,
      close: () => abort.abort(),
      reading,
      isDone: () => isDone,
      text: () => text,
      places: () =>
        [...text.matchAll(/^data: (.*)$/gm)].map(match => {
          const { cluster, position } = JSON.parse(match[1] ?? '{}')
          return `${cluster}${position}`
        }),
      lastId: () => [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '',
      async until(isSo: (text: string) => boolean) {
        for (let step = 0; step < 500; step++) {
          if (isSo(text)) return
          await time.advance(100)
        }
        throw new Error(`never so; the text is ${JSON.stringify(text)}`)
      },
    }
  }
  return { ...fake, ...asking, follow }
}

test('without a place it begins at the end, and tells what comes, also in new clusters', async () => {
  const { follow, add } = await start()
  const stream = await follow()
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream')
  await stream.until(text => text.includes(': following'))
  add('north', 'NodeGone')
  await stream.until(text => text.includes('NodeGone'))
  add('fresh', 'Ticked', 'Ticked')
  await stream.until(() => stream.places().length === 3)
  expect(stream.places()).toEqual(['north3', 'fresh1', 'fresh2'])
  expect(stream.text()).toMatch(/^event: ledger\nid: \S+\ndata: \{"cluster":"north","position":3,/m)
})

test('from a place, and only what is asked for', async () => {
  const { follow, add } = await start()
  add('north', 'NodeGone', 'Ticked', 'NodeGone')
  const stream = await follow('?cluster=north&from=1&type=NodeGone')
  await stream.until(() => stream.places().length === 2)
  add('south', 'NodeGone')
  add('north', 'NodeGone')
  await stream.until(() => stream.places().length === 3)
  expect(stream.places()).toEqual(['north3', 'north5', 'north6'])
})

test('the last id leads on without a gap, however small the batches', async () => {
  const { follow, add } = await start({ followBatchMax: 2 })
  const first = await follow('?from=north:0&from=south:0')
  await first.until(() => first.places().length === 3)
  first.close()
  add('north', 'Ticked', 'Ticked', 'Ticked')
  add('fresh', 'Ticked')
  const second = await follow('', { 'last-event-id': first.lastId() })
  await second.until(() => second.places().length === 4)
  expect(first.places().sort()).toEqual(['north1', 'north2', 'south1'])
  expect(second.places().sort()).toEqual(['fresh1', 'north3', 'north4', 'north5'])
})

test('when nothing comes, comments do', async () => {
  const { follow } = await start({ heartbeatMs: 1_000 })
  const stream = await follow()
  await stream.until(text => text.split(': still here').length > 3)
  expect(stream.places()).toEqual([])
})

test('a store that is away for a while is waited for', async () => {
  let isAway = false
  const plain = createFakeStore()
  const over = {
    events: async (...args: Parameters<typeof plain.store.events>) => {
      if (isAway) throw new StoreError('unreachable', 'away')
      return plain.store.events(...args)
    },
    heads: async (clusters: readonly string[] | null) => {
      if (isAway) throw new StoreError('unreachable', 'away')
      return plain.store.heads(clusters)
    },
  }
  const { follow, time, logger } = await start({}, over)
  plain.add('north', 'Ticked')
  const stream = await follow()
  await stream.until(text => text.includes(': following'))
  isAway = true
  plain.add('north', 'NodeGone')
  await time.advance(5_000)
  expect(stream.places()).toEqual([])
  isAway = false
  await stream.until(() => stream.places().length === 1)
  expect(stream.places()).toEqual(['north2'])
  expect(logger.lines.length).toBeGreaterThan(0)
})

test('what breaks is told as a problem, and the stream ends', async () => {
  const events = async () => {
    throw new Error('cannot be read')
  }
  const { follow } = await start({}, { events })
  const stream = await follow('?from=north:0')
  await stream.until(() => stream.isDone())
  expect(stream.text()).toContain('event: problem\ndata: {"type":"urn:rollcall:problem:defect"')
})

test('a reader that does not read is cut off, and its place is free again', async () => {
  const { get, add, time, logger, follow } = await start({ followersMax: 1, stallMsMax: 1_000, followBatchMax: 200 })
  const abort = new AbortController()
  readers.push(abort)
  await get('/api/v1/events/stream?from=north:0', { signal: abort.signal })
  for (let index = 0; index < 200; index++) add('north', ...Array.from({ length: 200 }, () => 'Ticked' as const))
  const said = () => logger.lines.map(({ message }) => message)
  // How much the sockets between the two take first, and how long that takes, is the system's: until it is cut off.
  while (said().length === 0) await time.advance(50)
  expect(said()).toEqual(['a follower did not read, and was cut off'])
  const next = await follow()
  expect(next.response.status).toBe(200)
})

test('more followers than there may be are refused; one that leaves makes room', async () => {
  const { follow, problem, time } = await start({ followersMax: 1 })
  const first = await follow()
  expect(await problem('/api/v1/events/stream')).toMatchObject({ status: 503, code: 'too-many-followers' })
  first.close()
  for (let step = 0; step < 500; step++) {
    await time.advance(10)
    const again = await follow()
    if (again.response.status === 200) return
  }
  throw new Error('the place never became free')
})

test.each([
  [{ 'last-event-id': 'nonsense' }, '', 'bad-cursor'],
  [{ 'last-event-id': Buffer.from('{"north":-1}').toString('base64url') }, '', 'bad-cursor'],
  [{}, '?cluster=nroth', 'unknown-cluster'],
  [{}, '?from=nroth:1', 'unknown-cluster'],
  [{}, '?form=north:1', 'bad-parameter'],
])('%j %s is refused', async (headers, query, code) => {
  const { problem } = await start()
  expect(await problem(`/api/v1/events/stream${query}`, { headers })).toMatchObject({ code })
})

test('a stop ends all streams', async () => {
  const { follow, auditor } = await start()
  const stream = await follow('', { 'last-event-id': writePlaces(new Map([['north', 2]])) })
  await stream.until(text => text.includes('south'))
  await auditor.stop()
  await stream.reading
  expect(stream.isDone()).toBe(true)
  expect(stream.text()).not.toContain('problem')
})
