import { ApiError } from '@rollcall/kube'
import { retryCauseOf } from '../apply/settlement.ts'
import type { Random } from '../ports.ts'
import { AdaptiveLimit, type LimitOptions } from './adaptive-limit.ts'
import type { CallReport } from './calls.ts'
import { Outage } from './outage.ts'

/** How much one API server gets to do: learnt from every answer, and from those that do not come. */
export class Pressure {
  readonly #limit: AdaptiveLimit
  readonly #outage: Outage
  /** The outage is the server's own wish (429), so afterwards it goes on as slowly as it had become. */
  #wished = false

  constructor(random: Random, options: LimitOptions) {
    this.#limit = new AdaptiveLimit(options)
    this.#outage = new Outage(random)
  }

  /** Learns from one request. True when it ended an outage. */
  learn({ verb, resource, startedAt, endedAt, error }: CallReport, running: number): boolean {
    const cause = error === null ? null : error instanceof ApiError ? retryCauseOf(error) : 'overloaded'
    if (error === null || cause === null || cause === 'conflict' || cause === 'failed') {
      this.#limit.answered(`${verb} ${resource}`, startedAt, endedAt, running)
      const ended = this.#outage.answered()
      if (ended && !this.#wished) this.#limit.restart()
      return ended
    }
    this.#wished = cause === 'throttled'
    if (cause !== 'unauthorized') this.#limit.congested(startedAt, endedAt)
    const retryAfterMs = error instanceof ApiError ? error.retryAfterMs : null
    this.#outage.failed(startedAt, endedAt, error.message, retryAfterMs)
    return false
  }

  /** Whether one more request may start beside those running; in an outage one at a time tries. */
  hasRoom(running: number): boolean {
    return running < (this.#outage.reason === null ? this.#limit.current : 1)
  }

  /** How long nothing at all may be started. */
  pauseMs(now: number): number {
    return this.#outage.pauseMs(now)
  }

  get limit(): number {
    return this.#limit.current
  }

  /** Why the cluster counts as out of order, in words; null while it answers. */
  get outage(): string | null {
    return this.#outage.reason
  }
}
