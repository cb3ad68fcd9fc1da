/** Timers as a port, so that virtual time can stand in. The one of `@rollcall/service` fits. */
export type EventLogTimers = {
  /** Runs `run` once after `ms`; the returned function takes it back. */
  readonly after: (ms: number, run: () => void) => () => void
}

export const systemTimers: EventLogTimers = {
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Resolves to true after `ms`, or to false as soon as the signal aborts. */
export function pause(timers: EventLogTimers, ms: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve(false)
    const aborted = () => {
      cancel()
      resolve(false)
    }
    const cancel = timers.after(ms, () => {
      signal?.removeEventListener('abort', aborted)
      resolve(true)
    })
    signal?.addEventListener('abort', aborted, { once: true })
  })
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Resolves to true when `work` has settled, or to false after `ms`; `work` itself goes on. */
export async function within(timers: EventLogTimers, ms: number, work: Promise<unknown>): Promise<boolean> {
  const given = new AbortController()
  const timeUp = pause(timers, ms, given.signal).then(() => false)
  const done = work.then(
    () => true,
    () => true,
  )
  const inTime = await Promise.race([done, timeUp])
  given.abort()
  return inTime
}

/** 100 ms, doubling up to 5 s: how long to wait after `failures` failures in a row (the first is 1). */
export function backOffMs(failures: number, baseMs = 100, maxMs = 5_000): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(20, failures - 1))
}
