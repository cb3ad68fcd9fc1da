export type LimitOptions = {
  /** Requests side by side at first, and at least, as long as the server does not ask for fewer. */
  readonly initial: number
  readonly max: number
  /** A request may take this many times as long as the quickest of its kind before the limit shrinks. */
  readonly tolerance: number
  /** Quicker than this counts as this: differences below it are noise. */
  readonly floorMs: number
}

export const defaultLimitOptions: LimitOptions = { initial: 16, max: 256, tolerance: 4, floorMs: 50 }

/** How long the quickest request of a kind is remembered, at least. */
const baselineMs = 60_000
const smoothing = 0.1

/**
 * How many requests an API server gets side by side (design rule 9). As TCP does it: doubled per round trip until the
 * first sign of congestion, then one more per round trip; halved when the server says it is too much, a little less
 * when requests get slow. One round of requests shrinks it once. Slow answers alone never take it below where it began:
 * when the whole machine is busy with other things, fewer requests would not make them any quicker.
 */
export class AdaptiveLimit {
  readonly #options: LimitOptions
  #limit: number
  #doubling = true
  #slowness = 1
  #shrunkAt = Number.NEGATIVE_INFINITY
  readonly #baselines = new Map<string, Baseline>()

  constructor(options: LimitOptions = defaultLimitOptions) {
    this.#options = options
    this.#limit = this.#initial
  }

  get #initial(): number {
    return Math.min(this.#options.initial, this.#options.max)
  }

  get current(): number {
    return Math.floor(this.#limit)
  }

  /** The server answered, whatever it said. `kind`: requests of one kind take about the same time. */
  answered(kind: string, startedAt: number, now: number, inFlight: number): void {
    const took = Math.max(now - startedAt, this.#options.floorMs)
    this.#slowness += smoothing * (took / this.#baseline(kind).note(took, now) - this.#slowness)
    if (this.#slowness > this.#options.tolerance) this.#shrink(0.9, startedAt, now, this.#initial)
    // A limit that is not used says nothing about more.
    else if (inFlight >= this.#limit / 2) this.#grow()
  }

  /** The server said "too many requests", or did not manage in time. */
  congested(startedAt: number, now: number): void {
    this.#shrink(0.5, startedAt, now, 1)
  }

  /** After an outage: begin again, carefully. */
  restart(): void {
    this.#limit = this.#initial
    this.#doubling = true
    this.#slowness = 1
  }

  #grow(): void {
    this.#limit = Math.min(this.#options.max, this.#limit + (this.#doubling ? 1 : 1 / this.#limit))
  }

  #shrink(factor: number, startedAt: number, now: number, least: number): void {
    this.#doubling = false
    if (startedAt < this.#shrunkAt) return
    this.#shrunkAt = now
    this.#limit = Math.min(this.#limit, Math.max(least, this.#limit * factor))
  }

  #baseline(kind: string): Baseline {
    const known = this.#baselines.get(kind)
    if (known) return known
    const fresh = new Baseline()
    this.#baselines.set(kind, fresh)
    return fresh
  }
}

/** The quickest request of the last one to two minutes. */
class Baseline {
  #before = Number.POSITIVE_INFINITY
  #since = Number.NEGATIVE_INFINITY
  #quickest = Number.POSITIVE_INFINITY

  note(took: number, now: number): number {
    if (now - this.#since > baselineMs) {
      this.#before = this.#quickest
      this.#quickest = Number.POSITIVE_INFINITY
      this.#since = now
    }
    this.#quickest = Math.min(this.#quickest, took)
    return Math.min(this.#quickest, this.#before)
  }
}
