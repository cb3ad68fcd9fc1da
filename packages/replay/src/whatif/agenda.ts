/** What is to happen, by time; what is due at one time happens in the order in which it was planned. */
export class Agenda {
  readonly #heap: { readonly at: number; readonly seq: number; readonly run: () => void }[] = []
  #seq = 0

  /** Milliseconds since the epoch; null: nothing is planned. */
  get nextAt(): number | null {
    return this.#heap[0]?.at ?? null
  }

  plan(at: number, run: () => void): void {
    const heap = this.#heap
    heap.push({ at, seq: this.#seq++, run })
    for (let index = heap.length - 1; index > 0; ) {
      const parent = (index - 1) >> 1
      if (!this.#isBefore(index, parent)) return
      this.#swap(index, parent)
      index = parent
    }
  }

  /** Takes the earliest out. */
  next(): (() => void) | null {
    const heap = this.#heap
    const [first] = heap
    const last = heap.pop()
    if (!first || !last) return null
    if (heap.length > 0) {
      heap[0] = last
      this.#sink()
    }
    return first.run
  }

  #sink(): void {
    for (let index = 0; ; ) {
      const [left, right] = [2 * index + 1, 2 * index + 2]
      let first = index
      if (left < this.#heap.length && this.#isBefore(left, first)) first = left
      if (right < this.#heap.length && this.#isBefore(right, first)) first = right
      if (first === index) return
      this.#swap(index, first)
      index = first
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [left, right] = [this.#heap[a], this.#heap[b]]
    if (!left || !right) return false
    return left.at < right.at || (left.at === right.at && left.seq < right.seq)
  }

  #swap(a: number, b: number): void {
    const [left, right] = [this.#heap[a], this.#heap[b]]
    if (!left || !right) return
    this.#heap[a] = right
    this.#heap[b] = left
  }
}
