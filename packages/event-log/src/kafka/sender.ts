import { CompressionTypes, Partitioners, type Producer, type TopicMessages } from 'kafkajs'
import type { Sender, SendResult } from '../append-queue.ts'
import { sentenceOf } from '../logger.ts'
import type { OutgoingRecord } from '../outgoing.ts'
import type { EventLogTimers } from '../timers.ts'
import { type Connection, createConnection, retries } from './connection.ts'
import { hasType, isRetriable } from './errors.ts'
import type { KafkaSettings } from './options.ts'

export type KafkaSender = Sender & { close(): Promise<void> }

/** What is left of a producer must be gone within this time. */
const farewellMs = 2_000

/** After these the producer's sequence numbers are no longer those of the broker: only a new producer can go on. */
const sequenceErrors = [
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'DUPLICATE_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_ID_MAPPING',
  'PRODUCER_FENCED',
]

/**
 * Sends with an idempotent producer: a batch that is sent again after an unknown answer is not written twice.
 *
 * The broker recognises a repeated batch by its sequence numbers only. If something else were sent with the numbers of
 * a batch that was given up, the broker could take it for that batch and drop it; so `forget` takes a new producer.
 */
export function createKafkaSender(
  settings: KafkaSettings,
  timers: EventLogTimers,
  onResult: (error: unknown | null) => void,
): KafkaSender {
  let current: { connection: Connection; producer: Producer } | null = null

  async function connected(): Promise<Producer> {
    if (current) return current.producer
    const connection = createConnection(settings, 'producer')
    const producer = connection.kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: retries,
    })
    try {
      await producer.connect()
    } catch (error) {
      await connection.end(timers, farewellMs, () => producer.disconnect())
      throw error
    }
    current = { connection, producer }
    return producer
  }

  async function forget(): Promise<void> {
    const old = current
    current = null
    if (old) await old.connection.end(timers, farewellMs, () => old.producer.disconnect())
  }

  async function attempt(batch: readonly OutgoingRecord[]): Promise<SendResult> {
    try {
      const producer = await connected()
      await producer.sendBatch({
        acks: -1,
        timeout: settings.requestTimeoutMs,
        compression: settings.compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None,
        topicMessages: byTopic(batch),
      })
      return { kind: 'durable' }
    } catch (error) {
      return judge(error)
    }
  }

  async function judge(error: unknown): Promise<SendResult> {
    if (hasType(error, 'MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE')) return { kind: 'too-large', cause: error }
    if (hasType(error, ...sequenceErrors)) {
      settings.logger.warn({ error: sentenceOf(error) }, 'the producer lost its place: going on with a new one')
      await forget()
      return { kind: 'retry', code: 'unreachable', cause: error }
    }
    if (hasType(error, 'UNKNOWN_TOPIC_OR_PARTITION')) return { kind: 'retry', code: 'topic-missing', cause: error }
    if (isRetriable(error)) return { kind: 'retry', code: 'unreachable', cause: error }
    return { kind: 'failed', cause: error }
  }

  return {
    async send(batch) {
      const result = await attempt(batch)
      onResult(result.kind === 'durable' ? null : result.cause)
      return result
    },
    forget,
    close: forget,
  }
}

function byTopic(batch: readonly OutgoingRecord[]): TopicMessages[] {
  const topics = new Map<string, TopicMessages>()
  for (const { topic, key, value } of batch) {
    let messages = topics.get(topic)
    if (!messages) {
      messages = { topic, messages: [] }
      topics.set(topic, messages)
    }
    messages.messages.push({ key, value })
  }
  return [...topics.values()]
}
