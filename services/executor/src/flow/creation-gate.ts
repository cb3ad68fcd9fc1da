import { type Backoff, backoffMs } from '@rollcall/service'
import type { Random } from '../ports.ts'
import { Fifo } from './fifo.ts'
import type { HeldCommand } from './held-command.ts'

/** Success counts for this long; after a longer silence a DaemonSet starts slowly again. */
const rememberedMs = 60_000
const stumbleBackoff: Backoff = { baseMs: 250, maxMs: 30_000 }

/**
 * The slow start of one DaemonSet's creations (spec §3.6): 1, 2, 4, 8 … side by side. Every success widens the window
 * by one, so it doubles per round trip without waiting for a whole batch; a refusal closes it to 1 again. So at most
 * one creation more is refused than had succeeded before.
 */
export class CreationGate {
  #window = 1
  #running = 0
  #lastSuccessAt = Number.NEGATIVE_INFINITY
  #stumbles = 0
  #closedUntil = Number.NEGATIVE_INFINITY
  readonly #random: Random
  /** Creations that would start if the window were wider. */
  readonly waiting = new Fifo<HeldCommand>()
  /** All creations of the DaemonSet that have no outcome yet. */
  readonly members = new Set<HeldCommand>()

  constructor(random: Random) {
    this.#random = random
  }

  admits(now: number): boolean {
    if (this.#running === 0 && now - this.#lastSuccessAt > rememberedMs) this.#window = 1
    return now >= this.#closedUntil && this.#running < this.#window
  }

  /** How many more may start beside those running. */
  get room(): number {
    return Math.max(0, this.#window - this.#running)
  }

  started(): void {
    this.#running++
  }

  /** It ended, in a way that says nothing about creations of this DaemonSet. */
  ended(): void {
    this.#running--
  }

  succeeded(now: number): void {
    this.#running--
    this.#window++
    this.#stumbles = 0
    this.#lastSuccessAt = now
  }

  refused(): void {
    this.#running--
    this.#window = 1
  }

  /** The server failed at it (5xx, most often a webhook): this DaemonSet tries alone, after a pause. Returns the pause. */
  stumbled(now: number): number {
    this.#running--
    this.#window = 1
    this.#stumbles++
    const pauseMs = backoffMs(this.#stumbles, stumbleBackoff, this.#random)
    this.#closedUntil = now + pauseMs
    return pauseMs
  }

  /** Creations disturbed each other (a quota's object changed under them): fewer side by side. */
  conflicted(): void {
    this.#running--
    this.#window = Math.max(1, Math.floor(this.#window / 2))
  }

  /** Nothing of it is worth remembering. */
  isIdle(now: number): boolean {
    return this.members.size === 0 && this.#running === 0 && now - this.#lastSuccessAt > rememberedMs
  }
}
