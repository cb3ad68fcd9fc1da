import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ledgerEvent } from '../testing/fake-store.ts'
import { type Direction, mergeStreams } from './merge-streams.ts'
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

function reader(streams: readonly [string, Item[]][], direction: Direction, limit: number) {
  return async (cluster: string, from: number) => {
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
    const page = await mergeStreams(places, direction, limit, reader(streams, direction, limit))
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
      fc.integer({ min: 1, max: 5 }),
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
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom<Direction>('older', 'newer'),
      async (streams, limit, direction) => {
        const start: Places = new Map(
          streams.map(([cluster, items]) => [cluster, Math.floor(items.length / 2) + (direction === 'older' ? 1 : 0)]),
        )
        const page = await mergeStreams(start, direction, limit, reader(streams, direction, limit))
        const before = await mergeStreams(page.older, 'older', 99, reader(streams, 'older', 99))
        const behind = await mergeStreams(page.newer, 'newer', 99, reader(streams, 'newer', 99))
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
