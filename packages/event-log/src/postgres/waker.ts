import { aborted, type EventLogTimers, pause } from '../timers.ts'

/** Something may have changed: remembered until it is waited for. */
export type Waker = {
  readonly ring: () => void
  /** Forgets what rang before: whoever looks next sees it. */
  clear(): void
  /** Resolves when it rings (or rang since `clear`), after `ms` (null: never), or when the signal aborts. */
  wait(ms: number | null, signal: AbortSignal): Promise<void>
}

export function createWaker(timers: EventLogTimers): Waker {
  let hasRung = false
  let wake: (() => void) | null = null
  return {
    ring() {
      hasRung = true
      wake?.()
    },
    clear() {
      hasRung = false
    },
    async wait(ms, signal) {
      if (hasRung || signal.aborted) return
      const over = new AbortController()
      const ended = AbortSignal.any([signal, over.signal])
      wake = () => over.abort()
      if (ms === null) await aborted(ended)
      else await pause(timers, ms, ended)
      wake = null
    },
  }
}
