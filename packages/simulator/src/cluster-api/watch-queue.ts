import type { WatchEvent } from '@rollcall/kube'
import type { Timers } from '@rollcall/service'
import type { Delivery } from '../cluster/faults.ts'

/**
 * What a watch has still to tell its client, in order. What waits is bounded: a client that falls behind is cut off, as over
 * HTTP, and has to list again.
 */
export class WatchQueue {
  readonly #timers: Timers
  /** From `#taken` on these are still to be told. */
  #events: WatchEvent[] = []
  #taken = 0
  #late: { readonly event: WatchEvent; readonly copies: 1 | 2 }[] = []
  #waitingMax = Number.POSITIVE_INFINITY
  #onFull: () => void = () => undefined
  #wake: (() => void) | null = null
  #end: { readonly error: unknown } | 'inGoodOrder' | null = null

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** What is waiting now (the missed history) does not count. @param onFull ends the queue with an error */
  boundFromHere(waitingMax: number, onFull: () => void): void {
    this.#waitingMax = this.#waiting() + waitingMax
    this.#onFull = onFull
  }

  push(event: WatchEvent, { copies, delayMs }: Delivery): void {
    if (this.#end !== null) return
    this.#add(event, copies, delayMs)
    if (this.#waiting() > this.#waitingMax) this.#onFull()
  }

  #add(event: WatchEvent, copies: 1 | 2, delayMs: number): void {
    // What follows a late event is late as well: a watch keeps its order.
    if (this.#late.length > 0 || delayMs > 0) {
      this.#late.push({ event, copies })
      if (this.#late.length === 1) this.#timers.after(delayMs, () => this.#letLateOnesIn())
      return
    }
    this.#let(event, copies)
  }

  /** No event comes any more; those that are there are told first, unless it ends by an error. */
  end(error?: unknown): void {
    this.#end ??= error === undefined ? 'inGoodOrder' : { error }
    if (error !== undefined) {
      this.#events = []
      this.#taken = 0
      this.#late = []
    }
    this.#stir()
  }

  /** The next event; null at the end. @throws what the watch was ended with */
  async next(): Promise<WatchEvent | null> {
    for (;;) {
      if (this.#end !== null && this.#end !== 'inGoodOrder') throw this.#end.error
      const event = this.#events[this.#taken]
      if (event !== undefined) {
        this.#taken += 1
        // A client that never quite catches up leaves no trail of events behind.
        if (this.#taken * 2 >= this.#events.length) {
          this.#events = this.#events.slice(this.#taken)
          this.#taken = 0
        }
        return event
      }
      if (this.#end === 'inGoodOrder') return null
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  #letLateOnesIn(): void {
    const late = this.#late
    this.#late = []
    for (const { event, copies } of late) this.#let(event, copies)
  }

  #let(event: WatchEvent, copies: 1 | 2): void {
    this.#events.push(event)
    if (copies === 2) this.#events.push(event)
    this.#stir()
  }

  #waiting(): number {
    return this.#events.length - this.#taken + this.#late.length
  }

  #stir(): void {
    const wake = this.#wake
    this.#wake = null
    wake?.()
  }
}
