import type { WatchEvent } from '@rollcall/kube'
import type { Timers } from '@rollcall/service'
import type { Delivery } from '../cluster/faults.ts'

/** What a watch has still to tell its client, in order. */
export class WatchQueue {
  readonly #timers: Timers
  /** From `#taken` on these are still to be told. */
  #events: WatchEvent[] = []
  #taken = 0
  #late: { readonly event: WatchEvent; readonly copies: 1 | 2 }[] = []
  #wake: (() => void) | null = null
  #end: { readonly error: unknown } | 'inGoodOrder' | null = null

  constructor(timers: Timers) {
    this.#timers = timers
  }

  push(event: WatchEvent, { copies, delayMs }: Delivery): void {
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
    this.#stir()
  }

  /** The next event; null at the end. @throws what the watch was ended with */
  async next(): Promise<WatchEvent | null> {
    for (;;) {
      if (this.#end !== null && this.#end !== 'inGoodOrder') throw this.#end.error
      const event = this.#events[this.#taken]
      if (event !== undefined) {
        this.#taken += 1
        if (this.#taken === this.#events.length) {
          this.#events = []
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

  #stir(): void {
    const wake = this.#wake
    this.#wake = null
    wake?.()
  }
}
