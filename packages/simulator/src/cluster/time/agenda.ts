import type { Clock, Timers } from '@rollcall/service'
import { DueQueue } from './due-queue.ts'

/** Timers of one cluster, all on a single timer of the outer world. */
export interface Agenda extends Timers {
  /** Forgets what waits; what is put later is never run. */
  stop(): void
}

export type AgendaOptions = {
  readonly clock: Clock
  readonly timers: Timers
  /** Times are rounded up to multiples of this, so that what happens at nearly one time wakes the world once. */
  readonly grainMs: number
}

/**
 * A cluster of ten thousand nodes has a hundred thousand timers; the outer world sees one. What falls due together runs
 * in the order of time, then of putting.
 */
export function createAgenda({ clock, timers, grainMs }: AgendaOptions): Agenda {
  const queue = new DueQueue<() => void>()
  let armedFor: number | null = null
  let disarm: (() => void) | null = null
  let isStopped = false
  let isRunning = false

  function arm(): void {
    const due = queue.nextDue()
    if (isStopped || isRunning || due === armedFor) return
    disarm?.()
    armedFor = due
    if (due === null) return
    disarm = timers.after(Math.max(0, due - clock.now()), run)
  }

  function run(): void {
    armedFor = null
    isRunning = true
    try {
      const now = clock.now()
      for (let next = queue.take(now); next && !isStopped; next = queue.take(now)) next.item()
    } finally {
      isRunning = false
      arm()
    }
  }

  return {
    after(ms, runIt) {
      const due = Math.ceil((clock.now() + Math.max(0, ms)) / grainMs) * grainMs
      const takeBack = queue.put(due, runIt)
      arm()
      return takeBack
    },
    stop() {
      isStopped = true
      disarm?.()
      queue.clear()
    },
  }
}
