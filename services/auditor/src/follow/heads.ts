import { errorFacts, type Logger, type Timers, wait } from '@rollcall/service'
import type { AuditStore } from '@rollcall/store'
import type { Places } from '../answers/places.ts'

/**
 * Where streams end, looked at while anybody waits for it: one question for all followers. A store that does not answer is
 * asked again; followers only see that nothing comes.
 */
export class Heads {
  readonly #store: AuditStore
  readonly #timers: Timers
  readonly #logger: Logger
  readonly #pollMs: number
  #next: Promise<Places> | null = null
  readonly #closed = new AbortController()

  constructor(ports: { store: AuditStore; timers: Timers; logger: Logger }, pollMs: number) {
    this.#store = ports.store
    this.#timers = ports.timers
    this.#logger = ports.logger
    this.#pollMs = pollMs
  }

  /** The ends as they are after the next look; rejects when the auditor stops. */
  next(): Promise<Places> {
    this.#next ??= this.#look().finally(() => {
      this.#next = null
    })
    return this.#next
  }

  get isClosed(): boolean {
    return this.#closed.signal.aborted
  }

  close(): void {
    this.#closed.abort()
  }

  async #look(): Promise<Places> {
    for (;;) {
      if (!(await wait(this.#timers, this.#pollMs, this.#closed.signal))) throw new Error('the auditor stops')
      try {
        return await this.#store.heads(null)
      } catch (error) {
        this.#logger.warn(errorFacts(error), 'followers wait: the ends of the streams cannot be read')
      }
    }
  }
}
