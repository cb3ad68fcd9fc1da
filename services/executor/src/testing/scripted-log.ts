import { type Command, commandCodec, type Event, eventCodec, type TopicName, topics } from '@rollcall/contracts'
import {
  type Consumer,
  type DeliveredRecord,
  type EventLog,
  EventLogError,
  type LogRecord,
  type SubscribeOptions,
  type Subscription,
} from '@rollcall/event-log'

/**
 * A log whose deliveries a test decides itself: when a partition is assigned and revoked, and which records come in
 * which batch, again if need be.
 */
export class ScriptedLog implements EventLog {
  /** What was appended, in order. */
  readonly events: Event[] = []
  /** The next appends fail while this is set. */
  failure: EventLogError | null = null
  isHealthy = true
  subscriptions = 0
  #consumer: Consumer | null = null
  #abort = new AbortController()
  #nextOffset = 0n

  async ensureTopics(): Promise<void> {
    this.isHealthy = true
  }

  async append(topic: TopicName, records: readonly LogRecord[]): Promise<void> {
    if (topic !== topics.events) throw new Error(`the executor appends to ${topic}`)
    if (this.failure) throw this.failure
    for (const { key, value } of records) {
      const decoded = eventCodec.decode(value)
      if (!decoded.ok) throw new Error(decoded.failure.reason)
      if (decoded.value.cluster !== key) throw new Error(`an event of ${decoded.value.cluster} under the key ${key}`)
      this.events.push(decoded.value)
    }
  }

  async subscribe({ topic, consumer }: SubscribeOptions): Promise<Subscription> {
    if (topic !== topics.commands) throw new Error(`the executor subscribes to ${topic}`)
    this.subscriptions++
    this.#consumer = consumer
    return {
      health: () => ({
        healthy: this.isHealthy,
        partitions: [0],
        restarts: 0,
        detail: this.isHealthy ? null : 'no fetch',
      }),
      close: () => this.revoke(0),
    }
  }

  healthy(): boolean {
    return this.isHealthy
  }

  async close(): Promise<void> {
    await this.revoke(0)
  }

  /** Gives the partition to the executor; returns the offset it starts at. */
  assign(partition = 0): Promise<bigint | null> {
    this.#abort = new AbortController()
    return this.#consumerNow().assigned(topics.commands, partition)
  }

  async revoke(partition = 0): Promise<void> {
    this.#abort.abort(new Error('revoked'))
    await this.#consumer?.revoked(topics.commands, partition)
  }

  /** Delivers commands at the next offsets, as one batch. Resolves when the executor has taken them. */
  async deliver(...commands: readonly Command[]): Promise<readonly DeliveredRecord[]> {
    return this.deliverValues(
      ...commands.map(command => ({ key: command.cluster, value: commandCodec.encode(command) })),
    )
  }

  async deliverValues(...values: readonly LogRecord[]): Promise<readonly DeliveredRecord[]> {
    const records = values.map(({ key, value }) => ({ offset: this.#nextOffset++, key, value: Buffer.from(value) }))
    await this.redeliver(records)
    return records
  }

  async redeliver(records: readonly DeliveredRecord[], partition = 0): Promise<void> {
    const { signal } = this.#abort
    const batch = { topic: topics.commands, partition, records, highWatermark: this.#nextOffset - 1n, signal }
    await this.#consumerNow().batch(batch)
  }

  /** How many records were delivered, redeliveries not counted. */
  get delivered(): number {
    return Number(this.#nextOffset)
  }

  /** The outcomes so far: `<command id> <result>`. */
  outcomes(): string[] {
    return this.events.flatMap(event => (event.type === 'CommandSettled' ? [`${event.commandId} ${event.result}`] : []))
  }

  #consumerNow(): Consumer {
    if (!this.#consumer) throw new Error('nobody has subscribed')
    return this.#consumer
  }
}

export function logDown(): EventLogError {
  return new EventLogError('unreachable', 'no broker answers')
}
