type Tracked = { readonly offset: bigint; done: boolean }

/**
 * Which offset may be committed while commands complete out of order: the lowest that is not complete. Offsets are
 * tracked in the order of the log, which may have gaps.
 */
export class Watermark {
  #tracked: Tracked[] = []
  #first = 0
  readonly #open = new Map<bigint, Tracked>()
  #last: bigint | null
  #next: bigint | null

  /** `start`: the offset the consumer starts at; null when it is not known yet. */
  constructor(start: bigint | null) {
    this.#next = start
    this.#last = start === null ? null : start - 1n
  }

  /** False when the offset was tracked before: the record was delivered again. */
  track(offset: bigint): boolean {
    if (this.#last !== null && offset <= this.#last) return false
    const tracked = { offset, done: false }
    this.#last = offset
    this.#tracked.push(tracked)
    this.#open.set(offset, tracked)
    return true
  }

  complete(offset: bigint): void {
    const tracked = this.#open.get(offset)
    if (!tracked) return
    tracked.done = true
    this.#open.delete(offset)
    this.#advance()
  }

  #advance(): void {
    for (let tracked = this.#tracked[this.#first]; tracked?.done; tracked = this.#tracked[this.#first]) {
      this.#next = tracked.offset + 1n
      this.#first++
    }
    // Cutting off the finished front only now and then keeps this linear.
    if (this.#first > 1_000 && this.#first * 2 > this.#tracked.length) {
      this.#tracked = this.#tracked.slice(this.#first)
      this.#first = 0
    }
  }

  /** The offset to continue from after a crash; null while nothing is known. */
  get next(): bigint | null {
    return this.#next
  }

  /** How many commands are not complete. */
  get open(): number {
    return this.#open.size
  }
}
