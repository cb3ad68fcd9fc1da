import { backOffMs, type EventLogTimers } from './timers.ts'

/** Whether the log's server answers, known from the work that is done anyway; asked only when there is none. */
export type Evidence = {
  /** Tells of an answer (null), or of a call that failed. */
  readonly result: (error: unknown | null) => void
  answersNow(): boolean
  close(): void
}

/** An answer counts for so long; after it, the server is asked. */
const freshMs = 5_000

export function createEvidence(
  settings: { readonly requestTimeoutMs: number },
  timers: EventLogTimers,
  ask: () => Promise<unknown>,
): Evidence {
  const now = () => performance.now()
  let answeredAt = Number.NEGATIVE_INFINITY
  let failures = 0
  let isAsking = false
  let isClosed = false
  let cancel: (() => void) | null = null

  async function check(): Promise<void> {
    cancel = null
    if (isClosed || isAsking) return
    if (failures > 0 || now() - answeredAt >= freshMs) {
      isAsking = true
      // The outcome of the call arrives by `result`.
      await ask().catch(() => undefined)
      isAsking = false
    }
    watch()
  }

  function watch(): void {
    if (isClosed || cancel) return
    cancel = timers.after(failures > 0 ? backOffMs(failures) : freshMs, () => void check())
  }

  return {
    result(error) {
      if (error === null) {
        answeredAt = now()
        failures = 0
      } else failures++
      watch()
    },
    answersNow() {
      const isUnknown = failures === 0 && answeredAt === Number.NEGATIVE_INFINITY
      if (isUnknown && !cancel) void check()
      return !isClosed && failures === 0 && now() - answeredAt < freshMs + settings.requestTimeoutMs
    },
    close() {
      isClosed = true
      cancel?.()
    },
  }
}
