import type { ServerResponse } from 'node:http'
import { type Timers, wait } from '@rollcall/service'

type Line = { readonly text: () => string; readonly delayMs: number }

/**
 * Writes the lines of one watch in order, no faster than the client reads them. What waits is bounded: a client that
 * falls behind is cut off, as kube-apiserver does, and has to list again.
 */
export class WatchStream {
  readonly #response: ServerResponse
  readonly #timers: Timers
  readonly #ended = new AbortController()
  #waiting: Line[] = []
  #waitingMax = Number.POSITIVE_INFINITY
  #isWriting = false
  #isLast = false

  constructor(response: ServerResponse, timers: Timers) {
    this.#response = response
    this.#timers = timers
    response.once('close', () => this.#ended.abort())
    // Headers at once, so that the client knows that it watches.
    response.flushHeaders()
  }

  /** Aborted when the connection is gone, from whichever side. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  /** @param text made only when it is written */
  push(text: () => string, delayMs = 0): void {
    if (this.#isLast || this.#ended.signal.aborted) return
    this.#waiting.push({ text, delayMs })
    if (this.#waiting.length > this.#waitingMax) this.cut()
    else if (!this.#isWriting) void this.#write()
  }

  /** What is waiting now (the first list, the missed history) does not count. */
  boundFromHere(waitingMax: number): void {
    this.#waitingMax = this.#waiting.length + waitingMax
  }

  /** Ends in good order once everything has been written. */
  end(): void {
    this.#isLast = true
    if (!this.#isWriting) void this.#write()
  }

  cut(): void {
    this.#waiting = []
    this.#response.destroy()
  }

  async #write(): Promise<void> {
    this.#isWriting = true
    const { signal } = this.#ended
    while (!signal.aborted) {
      const batch = this.#waiting
      if (batch.length === 0) break
      this.#waiting = []
      for (let at = 0; at < batch.length && !signal.aborted; at++) {
        const line = batch[at]
        if (line === undefined) break
        if (line.delayMs > 0) await wait(this.#timers, line.delayMs, signal)
        if (!this.#response.write(`${line.text()}\n`)) {
          // What comes meanwhile waits behind the rest of this batch.
          this.#waiting = [...batch.slice(at + 1), ...this.#waiting]
          await this.#drained()
          break
        }
      }
    }
    this.#isWriting = false
    if (this.#isLast && !signal.aborted) this.#response.end()
  }

  #drained(): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        this.#response.off('drain', done)
        this.#ended.signal.removeEventListener('abort', done)
        resolve()
      }
      this.#response.once('drain', done)
      this.#ended.signal.addEventListener('abort', done, { once: true })
    })
  }
}
