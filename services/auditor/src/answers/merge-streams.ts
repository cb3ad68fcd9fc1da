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

/**
 * One page of many streams: in each stream by position, between streams by time. Read from these places, which are
 * excluded.
 */
export async function mergeStreams<T extends Item>(
  from: Places,
  direction: Direction,
  limit: number,
  read: (cluster: string, position: number) => Promise<WindowSlice<T>>,
): Promise<MergedPage<T>> {
  const waiting = new Map<string, T[]>()
  let more = false
  for (const [cluster, position] of from) {
    const slice = await read(cluster, position)
    waiting.set(cluster, direction === 'newer' ? [...slice.items] : [...slice.items].reverse())
    more ||= slice.more
  }
  const taken: T[] = []
  while (taken.length < limit) {
    const next = nextOf(waiting, direction)
    if (next === null) break
    taken.push(next)
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
    more: more || [...waiting.values()].some(rest => rest.length > 0),
  }
}

/** Takes the first of the waiting items that is next in time; at equal times the name of the cluster decides. */
function nextOf<T extends Item>(waiting: ReadonlyMap<string, T[]>, direction: Direction): T | null {
  let best: T[] | null = null
  for (const rest of waiting.values()) {
    const [first, bestFirst] = [rest[0], best?.[0]]
    if (first === undefined) continue
    if (bestFirst === undefined || isEarlier(first, bestFirst) === (direction === 'newer')) best = rest
  }
  return best?.shift() ?? null
}

const isEarlier = (a: Item, b: Item): boolean => (a.at === b.at ? a.cluster < b.cluster : a.at < b.at)
