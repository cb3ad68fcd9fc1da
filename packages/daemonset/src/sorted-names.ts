/** Names in their order, of which the first few can be had without sorting all. */
export class SortedNames implements Iterable<string> {
  readonly #names: string[] = []

  get size(): number {
    return this.#names.length
  }

  has(name: string): boolean {
    return this.#names[this.#placeOf(name)] === name
  }

  add(name: string): void {
    const place = this.#placeOf(name)
    if (this.#names[place] !== name) this.#names.splice(place, 0, name)
  }

  delete(name: string): void {
    const place = this.#placeOf(name)
    if (this.#names[place] === name) this.#names.splice(place, 1)
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#names[Symbol.iterator]()
  }

  /** Where the name is, or would be. */
  #placeOf(name: string): number {
    let low = 0
    let high = this.#names.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#names[middle] as string) < name) low = middle + 1
      else high = middle
    }
    return low
  }
}
