/** First in, first out; taking from the front costs the same however long the queue is. */
export class Fifo<T> {
  #items: T[] = []
  #first = 0

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    const item = this.#items[this.#first]
    if (item === undefined) return undefined
    this.#first++
    if (this.#first > 1_000 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first)
      this.#first = 0
    }
    return item
  }

  peek(): T | undefined {
    return this.#items[this.#first]
  }

  get length(): number {
    return this.#items.length - this.#first
  }
}
