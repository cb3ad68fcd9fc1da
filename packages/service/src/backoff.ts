import { type Random, type Timers, wait } from './time.ts'

/** How long to wait between attempts: from `baseMs`, doubled each time, up to `maxMs`. */
export type Backoff = { readonly baseMs: number; readonly maxMs: number }

/** How long to wait after the `failures`-th failure in a row: doubled each time, bounded, its upper half by chance. */
export function backoffMs(failures: number, { baseMs, maxMs }: Backoff, random: Random): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(Math.max(failures, 1) - 1, 30))
  return full / 2 + (full / 2) * random()
}

export type RetryOptions = {
  readonly backoff: Backoff
  readonly timers: Timers
  readonly random: Random
  /** Ends the trying: `retry` then rejects with the last error, or with the signal's reason when there was none. */
  readonly signal: AbortSignal
  /** Decides: return false for an error that trying again cannot mend. Also the place to log and count. */
  readonly again: (error: unknown, failures: number, waitMs: number) => boolean
}

/** Tries until it works, `again` says no, or the signal aborts. */
export async function retry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let failures = 1; ; failures++) {
    options.signal.throwIfAborted()
    try {
      return await attempt()
    } catch (error) {
      const waitMs = backoffMs(failures, options.backoff, options.random)
      if (!options.again(error, failures, waitMs)) throw error
      if (!(await wait(options.timers, waitMs, options.signal))) throw error
    }
  }
}
