/** A map that forgets what was used longest ago. */
export class BoundedMap<K, V> {
  readonly #max: number
  readonly #entries = new Map<K, V>()

  constructor(max: number) {
    this.#max = max
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }

  set(key: K, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    const oldest = this.#entries.keys().next()
    if (this.#entries.size > this.#max && !oldest.done) this.#entries.delete(oldest.value)
  }

  has(key: K): boolean {
    return this.#entries.has(key)
  }

  delete(key: K): void {
    this.#entries.delete(key)
  }
}
