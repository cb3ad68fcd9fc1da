import type { Clock, Timers } from '@rollcall/service'
import { DueQueue } from './due-queue.ts'

/** Virtual time for whole-system simulation: it stands still until it is moved on. */
export interface VirtualTime {
  readonly clock: Clock
  readonly timers: Timers
  /** Moves time on, running the timers that fall due, each at its own time; what they start is let finish between. */
  advance(ms: number): Promise<void>
  /**
   * Goes from timer to timer until it is so. Gives the virtual time it took, in ms.
   * @throws Error when it is not so `withinMs` later, or when nothing is left that could make it so
   */
  until(what: string, isSo: () => boolean, withinMs?: number): Promise<number>
  /** When the next timer falls due; null when none is armed. */
  nextDue(): number | null
}

/** Lets all promises that wait for no timer run to their end; twice, for the one who lets others go first. */
async function settle(): Promise<void> {
  await new Promise<void>(resolve => setImmediate(resolve))
  await new Promise<void>(resolve => setImmediate(resolve))
}

/**
 * Like `createManualTime` of `@rollcall/service`, for histories of a million timers: a heap instead of a scan, and as
 * few turns of the event loop as promises need. For code that waits for real input or output take the other.
 */
export function createVirtualTime(startMs = Date.UTC(2026, 0, 1)): VirtualTime {
  const queue = new DueQueue<() => void>()
  let now = startMs

  /** Runs the timers of the next moment that has any, if it lies before the limit. */
  async function step(limit: number): Promise<boolean> {
    const due = queue.nextDue()
    if (due === null || due > limit) return false
    now = Math.max(now, due)
    // What these put for this same moment comes after the promises have settled.
    const orderEnd = queue.nextOrder
    for (let next = queue.take(now, orderEnd); next; next = queue.take(now, orderEnd)) next.item()
    await settle()
    return true
  }

  return {
    clock: { now: () => now },
    timers: {
      // A clock shows whole milliseconds.
      after: (ms, run) => queue.put(now + Math.max(0, Math.ceil(ms)), run),
    },
    async advance(ms) {
      const limit = now + ms
      await settle()
      while (await step(limit));
      now = limit
    },
    async until(what, isSo, withinMs = 3_600_000) {
      const from = now
      await settle()
      while (!isSo()) {
        if (!(await step(from + withinMs))) {
          const rest = queue.nextDue() === null ? 'and nothing waits for its time' : `after ${withinMs} ms`
          throw new Error(`it does not come to be that ${what}, ${rest}`)
        }
      }
      return now - from
    },
    nextDue: () => queue.nextDue(),
  }
}
