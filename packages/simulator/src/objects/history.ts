import { expired, tooLarge } from './errors.ts'
import type { Change } from './object-store.ts'

/** The newest changes of one resource, in order, and those who watch them. */
export type History = {
  add(change: Change, revision: number): void
  /** Tells those who watch what was added. */
  deliver(): void
  /** Every kept change after `since`, then every one that comes. Gives back how to stop. */
  watch(since: number, latest: number, listener: (change: Change) => void): () => void
  /** Forgets all up to and including the revision. */
  compact(revision: number): void
}

type Entry = { readonly revision: number; readonly change: Change }

type Watcher = {
  enqueue(changes: readonly Change[]): void
  /** Calls the listener with what waits, unless it is at work already. */
  drain(): void
}

/**
 * Calls one listener with one change after the other, also when the listener itself writes: what comes of that waits its
 * turn, so that every listener sees all changes in order.
 */
function createWatcher(listener: (change: Change) => void): Watcher {
  let waiting: Change[] = []
  let isBusy = false
  return {
    enqueue(changes) {
      for (const change of changes) waiting.push(change)
    },
    drain() {
      if (isBusy) return
      isBusy = true
      try {
        for (let batch = waiting; batch.length > 0; batch = waiting) {
          waiting = []
          for (const change of batch) listener(change)
        }
      } finally {
        isBusy = false
      }
    },
  }
}

/** @param max changes kept at least; up to twice as many are. */
export function createHistory(max: number): History {
  let entries: Entry[] = []
  /** Everything after this revision is still kept. */
  let floor = 0
  let watchers: readonly Watcher[] = []

  function forget(count: number): void {
    floor = entries[count - 1]?.revision ?? floor
    entries = entries.slice(count)
  }

  /** Index of the first entry after the revision. */
  function firstAfter(revision: number): number {
    let low = 0
    let high = entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((entries[middle]?.revision ?? 0) > revision) high = middle
      else low = middle + 1
    }
    return low
  }

  return {
    add(change, revision) {
      entries.push({ revision, change })
      if (entries.length > 2 * max) forget(entries.length - max)
      for (const watcher of watchers) watcher.enqueue([change])
    },
    deliver() {
      for (const watcher of watchers) watcher.drain()
    },
    watch(since, latest, listener) {
      if (since < floor) throw expired(`too old resource version: ${since} (${floor})`)
      if (since > latest) throw tooLarge(String(since), String(latest))
      let isStopped = false
      const watcher = createWatcher(change => {
        if (!isStopped) listener(change)
      })
      watcher.enqueue(entries.slice(firstAfter(since)).map(entry => entry.change))
      watchers = [...watchers, watcher]
      watcher.drain()
      return () => {
        isStopped = true
        watchers = watchers.filter(other => other !== watcher)
      }
    },
    compact(revision) {
      forget(firstAfter(revision))
      floor = Math.max(floor, revision)
    },
  }
}
