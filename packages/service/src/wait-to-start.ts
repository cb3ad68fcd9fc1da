import { type Backoff, retry } from './backoff.ts'
import { asError, errorFacts } from './errors.ts'
import type { Logger } from './logger.ts'
import type { Random, Timers } from './time.ts'

const patience: Backoff = { baseMs: 100, maxMs: 5_000 }

export type WaitToStartOptions = {
  readonly logger: Logger
  readonly timers: Timers
  readonly random: Random
  /** Ends the waiting. */
  readonly stopping: AbortSignal
  readonly backoff?: Backoff
  /** Whether what failed may come up by itself: a server that is down does, a wrong password does not. */
  readonly mayMend: (error: unknown) => boolean
}

/** A service's first step that needs others to be up: waits for those that are down, and says so. @throws what cannot mend */
export function waitToStart<T>(step: () => Promise<T>, options: WaitToStartOptions): Promise<T> {
  return retry(step, {
    timers: options.timers,
    random: options.random,
    backoff: options.backoff ?? patience,
    signal: options.stopping,
    again(error, failures) {
      const mayMend = options.mayMend(error)
      if (mayMend)
        options.logger.warn({ failures, ...errorFacts(error) }, `waiting to start: ${asError(error).message}`)
      return mayMend
    },
  })
}
