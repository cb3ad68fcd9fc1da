import type { Clock, Timers } from './time.ts'

type Armed = { readonly due: number; readonly order: number; readonly run: () => void }

/** Virtual time for tests and simulation, in whole ms: nothing passes until `advance` says so. */
export interface ManualTime {
  readonly clock: Clock
  readonly timers: Timers
  /** Moves time on, running the timers that fall due, each at its own time; what they start is let finish between. */
  advance(ms: number): Promise<void>
  /** When the next timer falls due; null when none is armed. */
  nextDue(): number | null
  /** How many timers are armed. */
  armed(): number
}

/** Lets everything that waits for no timer and no outside answer run to its end. */
export async function settled(rounds = 20): Promise<void> {
  for (let round = 0; round < rounds; round++) await new Promise<void>(resolve => setImmediate(resolve))
}

export function createManualTime(startMs = 1_700_000_000_000): ManualTime {
  let now = startMs
  let order = 0
  const armed = new Set<Armed>()

  const earliest = (): Armed | null => {
    let first: Armed | null = null
    for (const timer of armed) {
      if (!first || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) first = timer
    }
    return first
  }

  return {
    clock: { now: () => now },
    timers: {
      after(ms, run) {
        // A part of a millisecond is waited for as a whole one: what is told of the clock is a whole number (`at`).
        const timer: Armed = { due: now + Math.max(0, Math.ceil(ms)), order: order++, run }
        armed.add(timer)
        return () => armed.delete(timer)
      },
    },
    async advance(ms) {
      const until = now + Math.ceil(ms)
      await settled()
      for (let timer = earliest(); timer && timer.due <= until; timer = earliest()) {
        armed.delete(timer)
        now = Math.max(now, timer.due)
        timer.run()
        await settled()
      }
      now = until
    },
    nextDue: () => earliest()?.due ?? null,
    armed: () => armed.size,
  }
}
