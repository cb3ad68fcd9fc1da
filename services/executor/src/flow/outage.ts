import { type Backoff, backoffMs } from '@rollcall/service'

export type OutageOptions = {
  /** Failures in a row, without an answer between them, that count as an outage. */
  readonly failures: number
  readonly backoff: Backoff
}

export const defaultOutageOptions: OutageOptions = { failures: 3, backoff: { baseMs: 500, maxMs: 30_000 } }

/**
 * Whether a cluster answers. While it does not, its commands wait as they are, and one request at a time tries, at
 * growing intervals: an outage costs neither side anything.
 */
export class Outage {
  readonly #options: OutageOptions
  readonly #random: () => number
  #streak = 0
  #pauses = 0
  #pausedAt = Number.NEGATIVE_INFINITY
  #until = Number.NEGATIVE_INFINITY
  #reason: string | null = null

  constructor(random: () => number, options: OutageOptions = defaultOutageOptions) {
    this.#random = random
    this.#options = options
  }

  /** True when this answer ended an outage. */
  answered(): boolean {
    const ended = this.#reason !== null
    this.#streak = 0
    this.#pauses = 0
    this.#reason = null
    return ended
  }

  /** `retryAfterMs`: what the server asked for. */
  failed(startedAt: number, now: number, message: string, retryAfterMs: number | null): void {
    // Requests that were under way when the pause began say nothing new.
    if (startedAt < this.#pausedAt) return
    this.#streak++
    if (this.#reason === null && this.#streak < this.#options.failures) return
    this.#pauses++
    this.#reason = message
    this.#pausedAt = now
    this.#until = now + Math.max(backoffMs(this.#pauses, this.#options.backoff, this.#random), retryAfterMs ?? 0)
  }

  /** How long nothing at all may be started. */
  pauseMs(now: number): number {
    return Math.max(0, this.#until - now)
  }

  /** The failure that makes it an outage, in words; null while the cluster answers. */
  get reason(): string | null {
    return this.#reason
  }
}
