import { SortedNames } from './sorted-names.ts'

/** Names that are there as long as somebody counts for them, of which the first can be had at once. */
export class CountedNames {
  readonly #counts = new Map<string, number>()
  readonly #names = new SortedNames()

  /** null: none is there. */
  get first(): string | null {
    for (const name of this.#names) return name
    return null
  }

  get entries(): [string, number][] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    this.#names.add(name)
  }

  delete(name: string): void {
    const left = (this.#counts.get(name) ?? 0) - 1
    if (left > 0) {
      this.#counts.set(name, left)
    } else {
      this.#counts.delete(name)
      this.#names.delete(name)
    }
  }
}
