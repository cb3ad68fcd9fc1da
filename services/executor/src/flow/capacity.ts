/** A bound on what is held, that one can wait at. */
export class Capacity {
  readonly #max: number
  #taken = 0
  #waiting: (() => void)[] = []

  constructor(max: number) {
    this.#max = max
  }

  get taken(): number {
    return this.#taken
  }

  get isFull(): boolean {
    return this.#taken >= this.#max
  }

  take(): void {
    this.#taken++
  }

  give(): void {
    this.#taken--
    if (this.isFull || this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  /** Resolves when there is room. @throws the signal's reason when it aborts first */
  async whenRoom(signal: AbortSignal): Promise<void> {
    while (this.isFull) {
      signal.throwIfAborted()
      await new Promise<void>(resolve => {
        const wake = () => {
          signal.removeEventListener('abort', wake)
          resolve()
        }
        this.#waiting.push(wake)
        signal.addEventListener('abort', wake, { once: true })
      })
    }
    signal.throwIfAborted()
  }
}
