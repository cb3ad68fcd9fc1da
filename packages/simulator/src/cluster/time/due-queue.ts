/** What waits for its time. */
type Entry<T> = { readonly due: number; readonly order: number; readonly item: T; isTakenBack: boolean }

/** Items by due time, those of one time in the order they were put: a binary heap. */
export class DueQueue<T> {
  readonly #heap: Entry<T>[] = []
  #order = 0
  #takenBack = 0

  get size(): number {
    return this.#heap.length - this.#takenBack
  }

  /** Gives back how to take it out again. */
  put(due: number, item: T): () => void {
    const entry: Entry<T> = { due, order: this.#order++, item, isTakenBack: false }
    this.#heap.push(entry)
    this.#rise(this.#heap.length - 1)
    return () => {
      if (entry.isTakenBack) return
      entry.isTakenBack = true
      this.#takenBack += 1
    }
  }

  nextDue(): number | null {
    this.#dropTakenBack()
    return this.#heap[0]?.due ?? null
  }

  /** Counts what was ever put: what is put later has an order of at least this. */
  get nextOrder(): number {
    return this.#order
  }

  /** The earliest item that is due by `until` and was put before `orderEnd`; null when there is none. */
  take(until: number, orderEnd = Number.POSITIVE_INFINITY): { readonly due: number; readonly item: T } | null {
    this.#dropTakenBack()
    const first = this.#heap[0]
    if (first === undefined || first.due > until || first.order >= orderEnd) return null
    this.#removeFirst()
    // Taking back what already ran is no error and counts for nothing.
    first.isTakenBack = true
    return first
  }

  clear(): void {
    this.#heap.length = 0
    this.#takenBack = 0
  }

  #dropTakenBack(): void {
    while (this.#heap[0]?.isTakenBack) {
      this.#removeFirst()
      this.#takenBack -= 1
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop()
    if (last === undefined || this.#heap.length === 0) return
    this.#heap[0] = last
    this.#sink(0)
  }

  #rise(start: number): void {
    const heap = this.#heap
    let index = start
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (isBefore(heap[parent] as Entry<T>, heap[index] as Entry<T>)) return
      swap(heap, parent, index)
      index = parent
    }
  }

  #sink(start: number): void {
    const heap = this.#heap
    let index = start
    for (;;) {
      const left = 2 * index + 1
      let first = index
      for (const child of [left, left + 1]) {
        if (child < heap.length && isBefore(heap[child] as Entry<T>, heap[first] as Entry<T>)) first = child
      }
      if (first === index) return
      swap(heap, first, index)
      index = first
    }
  }
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order)
}

function swap<T>(heap: Entry<T>[], a: number, b: number): void {
  const kept = heap[a] as Entry<T>
  heap[a] = heap[b] as Entry<T>
  heap[b] = kept
}
