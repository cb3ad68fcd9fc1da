import type { Timers } from '@rollcall/service'

/** Keys to look at, each once however often it is named. */
export interface WorkQueue {
  /** Looks at the key after the queue's delay. */
  add(key: string): void
}

/**
 * What a controller does between a watch and a write. A watch's listener runs inside the write it tells of, so it must
 * not write itself: it adds the key, and the work is done `delayMs` later, when the objects are read anew.
 */
export function createWorkQueue(timers: Timers, delayMs: number, work: (key: string) => void): WorkQueue {
  let waiting = new Set<string>()
  function run(): void {
    const keys = waiting
    waiting = new Set()
    for (const key of keys) work(key)
  }
  return {
    add(key) {
      waiting.add(key)
      if (waiting.size === 1) timers.after(delayMs, run)
    },
  }
}
