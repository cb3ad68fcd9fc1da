/** A burst of tokens that refills at a steady rate. */
export class TokenBucket {
  readonly #burst: number
  readonly #refillMs: number
  #tokens: number
  #at: number

  /** `refillMs`: time for one token. */
  constructor(options: { burst: number; refillMs: number; now: number }) {
    this.#burst = options.burst
    this.#refillMs = options.refillMs
    this.#tokens = options.burst
    this.#at = options.now
  }

  take(now: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#at) / this.#refillMs)
    this.#at = now
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
