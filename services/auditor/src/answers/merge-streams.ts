import type { WindowSlice } from '@rollcall/store'
import type { Places } from './places.ts'

export type Direction = 'older' | 'newer'
type Item = { readonly cluster: string; readonly position: number; readonly at: string }

/** `older` and `newer`: the places from which to read on either way. */
export type MergedPage<T> = {
  readonly items: T[]
  readonly older: Places
  readonly newer: Places
  readonly more: boolean
}

/** Streams that are read at the same time: one page must not take every connection to the record. */
export const readsAtOnceMax = 3
/** What is read of a stream at first, however many there are. */
const firstReadMin = 5

type Stream<T> = {
  readonly cluster: string
  /** From where it is read on. */
  position: number
  /** Items of the next reading at most. */
  limit: number
  /** What was read and not taken, next first. */
  waiting: T[]
  /** There is more than was read. */
  more: boolean
}

/**
 * One page of many streams: in each stream by position, between streams by time. Read from these places, which are
 * excluded. The more streams, the less is read of each at first; one that runs dry is read on, twice as much each time. So
 * a page of many streams reads little more than it shows.
 */
export async function mergeStreams<T extends Item>(
  from: Places,
  direction: Direction,
  limit: number,
  read: (cluster: string, position: number, limit: number) => Promise<WindowSlice<T>>,
): Promise<MergedPage<T>> {
  const fill = async (stream: Stream<T>): Promise<void> => {
    const { items, more } = await read(stream.cluster, stream.position, stream.limit)
    stream.waiting = direction === 'newer' ? [...items] : [...items].reverse()
    stream.position = stream.waiting.at(-1)?.position ?? stream.position
    stream.limit = Math.min(limit, stream.limit * 2)
    stream.more = more
  }
  const firstRead = Math.min(limit, Math.max(firstReadMin, Math.ceil((2 * limit) / from.size)))
  const streams = [...from].map(
    ([cluster, position]): Stream<T> => ({ cluster, position, limit: firstRead, waiting: [], more: false }),
  )
  await eachOf(streams, readsAtOnceMax, fill)

  const taken: T[] = []
  while (taken.length < limit) {
    const stream = nextOf(streams, direction)
    const next = stream?.waiting.shift()
    if (stream === null || next === undefined) break
    taken.push(next)
    // Until it is known what comes next in it, nothing of the others can be said to come before.
    if (stream.waiting.length === 0 && stream.more && taken.length < limit) await fill(stream)
  }
  if (direction === 'older') taken.reverse()
  const edges = (item: (ofCluster: readonly T[]) => T | undefined, untouched: number): Places =>
    new Map(
      [...from].map(([cluster, position]) => {
        const ofCluster = taken.filter(each => each.cluster === cluster)
        return [cluster, item(ofCluster)?.position ?? position + untouched]
      }),
    )
  return {
    items: taken,
    // A stream of which nothing was taken is read on from where it was, seen from the other side.
    older: edges(items => items[0], direction === 'newer' ? 1 : 0),
    newer: edges(items => items.at(-1), direction === 'older' ? -1 : 0),
    more: streams.some(({ more, waiting }) => more || waiting.length > 0),
  }
}

/** Does something to each, so many at the same time. */
async function eachOf<T>(all: readonly T[], atOnceMax: number, work: (one: T) => Promise<void>): Promise<void> {
  const rest = all.values()
  const worker = async () => {
    for (const one of rest) await work(one)
  }
  await Promise.all(Array.from({ length: atOnceMax }, worker))
}

/** The stream whose waiting item is next in time; at equal times the name of the cluster decides. Null: none waits. */
function nextOf<T extends Item>(streams: readonly Stream<T>[], direction: Direction): Stream<T> | null {
  let best: Stream<T> | null = null
  for (const stream of streams) {
    const [first, bestFirst] = [stream.waiting[0], best?.waiting[0]]
    if (first === undefined) continue
    if (bestFirst === undefined || isEarlier(first, bestFirst) === (direction === 'newer')) best = stream
  }
  return best
}

const isEarlier = (a: Item, b: Item): boolean => (a.at === b.at ? a.cluster < b.cluster : a.at < b.at)
