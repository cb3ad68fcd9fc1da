import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ledgerEvent } from '../testing/fake-store.ts'
import { type Direction, mergeStreams, readsAtOnceMax } from './merge-streams.ts'
import type { Places } from './places.ts'

type Item = ReturnType<typeof ledgerEvent>

/** Streams whose times go up and down, as clocks of many watchers do. */
const streamsArbitrary = fc
  .dictionary(fc.constantFrom('a', 'b', 'c'), fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 12 }), {
    minKeys: 1,
  })
  .map(times =>
    Object.entries(times).map(([cluster, seconds]): [string, Item[]] => [
      cluster,
      seconds.map((second, index) => ({
        ...ledgerEvent(cluster, index + 1),
        at: new Date(1_767_225_600_000 + second * 1_000).toISOString(),
      })),
    ]),
  )

function reader(streams: readonly [string, Item[]][], direction: Direction) {
  return async (cluster: string, from: number, limit: number) => {
    const all = streams.find(([name]) => name === cluster)?.[1] ?? []
    const fitting = all.filter(({ position }) => (direction === 'newer' ? position > from : position < from))
    return {
      items: direction === 'newer' ? fitting.slice(0, limit) : fitting.slice(-limit),
      more: fitting.length > limit,
    }
  }
}

async function pages(streams: readonly [string, Item[]][], direction: Direction, limit: number): Promise<Item[][]> {
  const all: Item[][] = []
  let places: Places = new Map(
    streams.map(([cluster, items]) => [cluster, direction === 'newer' ? 0 : items.length + 1]),
  )
  for (;;) {
    const page = await mergeStreams(places, direction, limit, reader(streams, direction))
    if (direction === 'newer') all.push(page.items)
    else all.unshift(page.items)
    if (!page.more) return all
    places = page[direction]
  }
}

test('pages of any size tell every event once, each stream in its order', async () => {
  await fc.assert(
    fc.asyncProperty(
      streamsArbitrary,
      fc.integer({ min: 1, max: 14 }),
      fc.constantFrom<Direction>('older', 'newer'),
      async (streams, limit, direction) => {
        const cut = await pages(streams, direction, limit)
        for (const page of cut) expect(page.length).toBeLessThanOrEqual(limit)
        for (const [cluster, items] of streams) {
          expect(cut.flat().filter(item => item.cluster === cluster)).toEqual(items)
        }
        expect(cut.flat()).toHaveLength(streams.flatMap(([, items]) => items).length)
      },
    ),
  )
})

test('reading back from where a page began, and on from where it ended, meets at its edges', async () => {
  await fc.assert(
    fc.asyncProperty(
      streamsArbitrary,
      fc.integer({ min: 1, max: 14 }),
      fc.constantFrom<Direction>('older', 'newer'),
      async (streams, limit, direction) => {
        const start: Places = new Map(
          streams.map(([cluster, items]) => [cluster, Math.floor(items.length / 2) + (direction === 'older' ? 1 : 0)]),
        )
        const page = await mergeStreams(start, direction, limit, reader(streams, direction))
        const before = await mergeStreams(page.older, 'older', 99, reader(streams, 'older'))
        const behind = await mergeStreams(page.newer, 'newer', 99, reader(streams, 'newer'))
        const told = [...before.items, ...page.items, ...behind.items]
        for (const [cluster, items] of streams) {
          expect(told.filter(item => item.cluster === cluster)).toEqual(items)
        }
      },
    ),
  )
})

test('between streams time decides', async () => {
  const at = (cluster: string, position: number, second: number) => ({
    ...ledgerEvent(cluster, position),
    at: new Date(second * 1_000).toISOString(),
  })
  const streams: [string, Item[]][] = [
    ['a', [at('a', 1, 1), at('a', 2, 4)]],
    ['b', [at('b', 1, 2), at('b', 2, 3)]],
  ]
  const [page] = await pages(streams, 'newer', 9)
  expect(page?.map(({ cluster, position }) => `${cluster}${position}`)).toEqual(['a1', 'b1', 'b2', 'a2'])
})

/** A whole page, with what was read for it. */
async function pageOf(streams: readonly [string, Item[]][], limit: number) {
  const readings: { readonly cluster: string; readonly limit: number }[] = []
  let [running, atOnce, rows] = [0, 0, 0]
  const read = reader(streams, 'older')
  const ends: Places = new Map(streams.map(([cluster, items]) => [cluster, items.length + 1]))
  const page = await mergeStreams(ends, 'older', limit, async (cluster, position, atMost) => {
    readings.push({ cluster, limit: atMost })
    atOnce = Math.max(atOnce, ++running)
    await Promise.resolve()
    const slice = await read(cluster, position, atMost)
    running -= 1
    rows += slice.items.length
    return slice
  })
  return { page, readings, rows, atOnce }
}

const streamOf = (cluster: string, events: number, from = 0): [string, Item[]] => [
  cluster,
  Array.from({ length: events }, (_, index) => ({
    ...ledgerEvent(cluster, index + 1),
    at: new Date(1_767_225_600_000 + (from + index) * 1_000).toISOString(),
  })),
]

test('of many streams little more is read than is shown, a few at a time', async () => {
  const streams = Array.from({ length: 200 }, (_, index) => streamOf(`c${index}`, 1_000, index))
  const { page, rows, atOnce } = await pageOf(streams, 1_000)
  expect(page.items).toHaveLength(1_000)
  expect(rows).toBeLessThanOrEqual(4 * 1_000)
  expect(atOnce).toBe(readsAtOnceMax)
})

test('a stream in which everything happens is read on, ever more at a time; the others are read once', async () => {
  const quiet = Array.from({ length: 100 }, (_, index) => streamOf(`quiet${index}`, 50))
  const busy = streamOf('busy', 2_000, 10_000)
  const { page, readings } = await pageOf([...quiet, busy], 500)
  expect(page.items).toEqual(busy[1].slice(-500))
  const ofBusy = readings.filter(({ cluster }) => cluster === 'busy')
  expect(ofBusy.map(({ limit }) => limit)).toEqual([10, 20, 40, 80, 160, 320])
  expect(readings).toHaveLength(100 + ofBusy.length)
})
