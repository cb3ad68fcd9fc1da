import type { Timers } from '@rollcall/service'

/** Timers of which none outlives `close`: what is armed by then never runs, and keeps no process from ending. */
export function createClosingTimers(timers: Timers): Timers & { close(): void } {
  const armed = new Set<() => void>()
  return {
    after(ms, run) {
      const takeBack = timers.after(ms, () => {
        armed.delete(takeBack)
        run()
      })
      armed.add(takeBack)
      return () => {
        armed.delete(takeBack)
        takeBack()
      }
    },
    close() {
      for (const takeBack of armed) takeBack()
      armed.clear()
    },
  }
}
