import { eventCodec } from '@rollcall/contracts'
import { expect, test } from 'vitest'
import { nodeObserved } from '../testing/events.ts'
import { readBatch } from './read-batch.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const record = (offset: number, key: string, value: string) => ({ offset: BigInt(offset), key, value: bytes(value) })

test('events are sorted by stream, each in log order', () => {
  const events = [nodeObserved('c1', 'a', 1, 1), nodeObserved('c2', 'b', 1, 2), nodeObserved('c1', 'c', 2, 3)]
  const read = readBatch(
    events.map((event, index) => record(index, event.cluster, eventCodec.encode(event))),
    10,
  )
  expect([...read.streams]).toEqual([
    [
      'c1',
      [
        { offset: 0n, event: events[0] },
        { offset: 2n, event: events[2] },
      ],
    ],
    ['c2', [{ offset: 1n, event: events[1] }]],
  ])
  expect(read.lastAt).toBe(3)
})

test('what cannot be read is set aside with its bytes and the reason, and the stream goes on', () => {
  const good = nodeObserved('c1', 'a', 1, 1)
  const encoded = eventCodec.encode(good)
  const read = readBatch(
    [
      record(0, 'c1', '{'),
      record(1, 'c1', ''),
      record(2, 'c1', encoded.replace('"v":1', '"v":7')),
      record(3, 'c1', encoded.replace('NodeObserved', 'NodeDreamt')),
      record(4, 'other', encoded),
      record(5, 'c1', encoded),
      record(6, 'c1', encoded),
    ],
    10,
    { records: new Map([[5n, 'folding threw']]), streams: new Map() },
  )
  expect(read.deadLetters.map(({ offset, code }) => [Number(offset), code])).toEqual([
    [0, 'not-json'],
    [1, 'not-json'],
    [2, 'future-version'],
    [3, 'unknown-type'],
    [4, 'wrong-key'],
    [5, 'fold-failed'],
  ])
  expect(read.deadLetters[4]).toEqual({
    offset: 4n,
    key: 'other',
    bytes: bytes(encoded),
    code: 'wrong-key',
    reason: 'an event of cluster c1 under key other: its writer must use the cluster as key',
  })
  expect([...read.streams.keys()]).toEqual(['c1'])
  expect(read.streams.get('c1')).toEqual([{ offset: 6n, event: good }])
})

test('an event far ahead of our clock counts as written now, in its place; a little ahead is as it is', () => {
  const now = 1_000_000.5
  const events = [
    nodeObserved('c1', 'a', 1, 999_000),
    nodeObserved('c1', 'b', 2, now + 90_000.5),
    nodeObserved('c2', 'c', 3, now + 3_600_000.5),
    nodeObserved('c1', 'd', 4, 1_060_000),
  ]
  const read = readBatch(
    events.map((event, index) => record(index, event.cluster, eventCodec.encode(event))),
    now,
  )
  expect(read.streams.get('c1')?.map(({ event }) => event.at)).toEqual([999_000, 1_000_000, 1_060_000])
  expect(read.streams.get('c2')?.map(({ event }) => event)).toEqual([nodeObserved('c2', 'c', 3, 1_000_000)])
  expect(read.ahead).toEqual({ events: 2, cluster: 'c2', type: 'NodeObserved', ms: 3_600_000.5 })
})
