import { type Event, eventCodec, topics } from '@rollcall/contracts'
import type { EventLog } from '@rollcall/event-log'
import { type Backoff, errorFacts, retry } from '@rollcall/service'
import type { Logger, Random, Timers } from './ports.ts'

const batchMax = 500
/** Outcomes waiting for the log; beyond that nothing more is begun. */
const pendingMax = 5_000
const backoff: Backoff = { baseMs: 100, maxMs: 10_000 }

type Pending = { readonly event: Event; readonly appended: () => void }

export type OutcomesPorts = {
  readonly log: EventLog
  readonly timers: Timers
  readonly random: Random
  readonly logger: Logger
  /** The log takes outcomes again. */
  readonly caughtUp: () => void
}

/**
 * Appends outcomes to the log: what gathers while one append is under way goes with the next. Never gives an outcome
 * up, because the command's offset may be committed only after it.
 */
export class Outcomes {
  readonly #ports: OutcomesPorts
  readonly #closing = new AbortController()
  #pending: Pending[] = []
  #appending: Promise<void> | null = null
  #trouble: string | null = null

  constructor(ports: OutcomesPorts) {
    this.#ports = ports
  }

  add(event: Event, appended: () => void): void {
    this.#pending.push({ event, appended })
    this.#appending ??= this.#appendAll()
  }

  get keepsUp(): boolean {
    return this.#pending.length < pendingMax
  }

  /** Why the log takes no outcomes, in words; null while it does. */
  get trouble(): string | null {
    return this.#trouble
  }

  /** Resolves when everything given so far is in the log, or `close` gave it up. */
  async flushed(): Promise<void> {
    while (this.#appending) await this.#appending
  }

  /** Gives up what is not in the log; the commands come again, and do nothing twice. */
  async close(reason: Error): Promise<void> {
    this.#closing.abort(reason)
    await this.flushed()
  }

  async #appendAll(): Promise<void> {
    // One turn of the event loop gathers what settles together.
    await new Promise<void>(resolve => setImmediate(resolve))
    while (this.#pending.length > 0 && !this.#closing.signal.aborted) {
      const behind = !this.keepsUp
      const batch = this.#pending.slice(0, batchMax)
      if (!(await this.#append(batch))) break
      this.#pending.splice(0, batch.length)
      for (const { appended } of batch) appended()
      if (behind && this.keepsUp) this.#ports.caughtUp()
    }
    this.#appending = null
  }

  /** False: given up, because the executor closes. */
  async #append(batch: readonly Pending[]): Promise<boolean> {
    const records = batch.map(({ event }) => ({ key: event.cluster, value: eventCodec.encode(event) }))
    const { log, timers, random, logger } = this.#ports
    try {
      await retry(() => log.append(topics.events, records), {
        backoff,
        timers,
        random,
        signal: this.#closing.signal,
        again: (error, failures, waitMs) => {
          const facts = errorFacts(error)
          this.#trouble = `the log takes no outcomes: ${facts.error}`
          logger.warn(
            { ...facts, failures, waitMs, outcomes: batch.length },
            'outcomes could not be appended; tried again',
          )
          return true
        },
      })
      this.#trouble = null
      return true
    } catch (error) {
      if (!this.#closing.signal.aborted) throw error
      logger.warn(
        { ...errorFacts(error), outcomes: this.#pending.length },
        'closing: outcomes are left to the next owner',
      )
      return false
    }
  }
}
