import { type Event, eventCodec, topics } from '@rollcall/contracts'
import { asError, backoffMs, errorFacts, wait } from '@rollcall/service'
import type { Metrics } from './metrics.ts'
import type { WatcherPorts } from './ports.ts'

/** Puts one cluster's events into the log, in order. */
export interface Publisher {
  /** Resolves when the event has a place in the queue: at once, unless the queue is full. */
  publish(event: Event): Promise<void>
  /** How many events find a place at once. */
  room(): number
  /** Resolves when everything given so far is durable, or the publisher was stopped. */
  drained(): Promise<void>
  /** Why it does not get on, as a sentence; null: it does. */
  trouble(): string | null
}

type Queued = { readonly type: string; readonly at: number; readonly value: string }

/** One append: what has arrived, up to here. Kafka's default limit for one batch is 1 MiB. */
const appendCharactersMax = 512 * 1024
const backoff = { baseMs: 200, maxMs: 10_000 }

/**
 * Everything that arrived during one append goes into the next one; nothing waits to fill a batch. An append that fails
 * is repeated until it works (twice in the log is once for its readers) or the signal aborts.
 */
export function createPublisher(options: {
  readonly cluster: string
  readonly ports: Pick<WatcherPorts, 'eventLog' | 'clock' | 'timers' | 'random' | 'logger'>
  readonly metrics: Metrics
  readonly queueMax: number
  readonly signal: AbortSignal
}): Publisher {
  return new QueuePublisher(options)
}

class QueuePublisher implements Publisher {
  readonly #options: Parameters<typeof createPublisher>[0]
  #queue: Queued[] = []
  #waiting: (() => void)[] = []
  #running: Promise<void> | null = null
  #trouble: string | null = null

  constructor(options: Parameters<typeof createPublisher>[0]) {
    this.#options = options
    options.signal.addEventListener('abort', () => this.#wake(), { once: true })
  }

  trouble(): string | null {
    return this.#trouble
  }

  room(): number {
    return Math.max(0, this.#options.queueMax - this.#queue.length)
  }

  async publish(event: Event): Promise<void> {
    const { queueMax, signal } = this.#options
    while (this.#queue.length >= queueMax && !signal.aborted) {
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
    if (signal.aborted) return
    this.#queue.push({ type: event.type, at: event.at, value: eventCodec.encode(event) })
    this.#running ??= this.#run()
  }

  async drained(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    const { cluster, metrics, signal } = this.#options
    // What arrives in the same turn goes along.
    await Promise.resolve()
    while (this.#queue.length > 0 && !signal.aborted) {
      const batch = this.#nextBatch()
      metrics.queue.set({ cluster }, this.#queue.length)
      this.#wake()
      await this.#append(batch)
    }
    this.#running = null
  }

  #nextBatch(): Queued[] {
    let characters = 0
    let count = 0
    for (const { value } of this.#queue) {
      characters += value.length
      if (count > 0 && characters > appendCharactersMax) break
      count += 1
    }
    return this.#queue.splice(0, count)
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  async #append(batch: readonly Queued[]): Promise<void> {
    const { cluster, ports, signal } = this.#options
    const records = batch.map(({ value }) => ({ key: cluster, value }))
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await ports.eventLog.append(topics.events, records)
        this.#appended(batch)
        return
      } catch (error) {
        if (isTooLarge(error)) return this.#appendSingly(batch, error)
        if (this.#trouble === null)
          ports.logger.warn({ cluster, ...errorFacts(error) }, 'the log takes no events; tries again')
        this.#trouble = `the log takes no events: ${asError(error).message}`
        await wait(ports.timers, Math.round(backoffMs(failures, backoff, ports.random)), signal)
      }
    }
  }

  async #appendSingly(batch: readonly Queued[], error: unknown): Promise<void> {
    const { cluster, ports } = this.#options
    const [first] = batch
    if (batch.length > 1 || first === undefined) {
      for (const queued of batch) await this.#append([queued])
      return
    }
    ports.logger.error(
      { cluster, type: first.type, characters: first.value.length, ...errorFacts(error) },
      `one ${first.type} is too large for the log and was left out. Raise the log's record limit (max.message.bytes)`,
    )
  }

  #appended(batch: readonly Queued[]): void {
    const { cluster, metrics, ports } = this.#options
    if (this.#trouble !== null) ports.logger.info({ cluster }, 'the log takes events again')
    this.#trouble = null
    const now = ports.clock.now()
    for (const { type, at } of batch) {
      metrics.published.inc({ cluster, type })
      metrics.publishSeconds.observe({ cluster }, Math.max(0, now - at) / 1000)
    }
  }
}

/** `EventLogError` by its code: the port is all the watcher knows of the log. */
function isTooLarge(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === 'record-too-large'
}
