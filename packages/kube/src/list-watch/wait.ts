import type { Timers } from '../ports.ts'

/** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
export function wait(ms: number, timers: Timers, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const stop = () => {
      takeBack()
      reject(signal.reason)
    }
    const takeBack = timers.after(ms, () => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    signal.addEventListener('abort', stop, { once: true })
  })
}

/**
 * A connection's own life: ends with the parent's, or after silence. The watch of time stops while a slow consumer
 * holds us (`hold`), for then the silence is ours.
 */
export class ConnectionLife {
  readonly #own = new AbortController()
  readonly #parent: AbortSignal
  readonly #timers: Timers
  readonly #silenceMsMax: number
  readonly #silent: () => Error
  #takeBack: (() => void) | null = null

  constructor(parent: AbortSignal, timers: Timers, silenceMsMax: number, silent: () => Error) {
    this.#parent = parent
    this.#timers = timers
    this.#silenceMsMax = silenceMsMax
    this.#silent = silent
    parent.addEventListener('abort', this.#follow, { once: true })
    if (parent.aborted) this.#follow()
  }

  get signal(): AbortSignal {
    return this.#own.signal
  }

  readonly #follow = (): void => this.#own.abort(this.#parent.reason)

  /** From now on silence counts. */
  listen(): void {
    this.hold()
    this.#takeBack = this.#timers.after(this.#silenceMsMax, () => this.#own.abort(this.#silent()))
  }

  hold(): void {
    this.#takeBack?.()
    this.#takeBack = null
  }

  end(): void {
    this.hold()
    this.#parent.removeEventListener('abort', this.#follow)
    this.#own.abort(new Error('the watch has ended'))
  }
}
