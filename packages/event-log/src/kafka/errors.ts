import { EventLogError } from '../event-log.ts'
import { sentenceOf } from '../logger.ts'

type KafkaError = {
  name: string
  message: string
  type?: unknown
  code?: unknown
  cause?: unknown
  retriable?: unknown
}

function asKafkaError(error: unknown): KafkaError | null {
  return typeof error === 'object' && error !== null && 'message' in error && 'name' in error
    ? (error as KafkaError)
    : null
}

/** The errors behind an error: kafkajs wraps the one that tells in others ("number of retries exceeded"). */
export function* causesOf(error: unknown): Generator<KafkaError> {
  for (let at = asKafkaError(error), depth = 0; at && depth < 8; at = asKafkaError(at.cause), depth++) yield at
}

/** Kafka's name of an error ("UNKNOWN_TOPIC_OR_PARTITION"), wherever in the chain of causes it stands. */
export function hasType(error: unknown, ...types: readonly string[]): boolean {
  for (const { type } of causesOf(error)) if (typeof type === 'string' && types.includes(type)) return true
  return false
}

/** Whether trying again can help. */
export function isRetriable(error: unknown): boolean {
  for (const { name, retriable } of causesOf(error)) {
    if (retriable === true) return true
    if (name === 'TypeError' || name === 'RangeError' || name === 'ReferenceError') return false
  }
  for (const { retriable, code } of causesOf(error)) {
    if (retriable === undefined && typeof code === 'string' && code.startsWith('E')) return true
  }
  return false
}

/** Why a call to the brokers was given up, in the words of the port. */
export function eventLogError(error: unknown, what: string): EventLogError {
  if (error instanceof EventLogError) return error
  if (hasType(error, 'UNKNOWN_TOPIC_OR_PARTITION')) {
    return new EventLogError('topic-missing', `${what}: the topic does not exist: create it with ensureTopics()`, {
      cause: error,
    })
  }
  const code = isRetriable(error) ? 'unreachable' : 'failed'
  return new EventLogError(code, `${what}: ${sentenceOf(error)}`, { cause: error })
}
