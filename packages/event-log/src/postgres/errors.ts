import { EventLogError } from '../event-log.ts'
import { sentenceOf } from '../logger.ts'

type Failure = { readonly code?: unknown; readonly message?: unknown; readonly severity?: unknown }

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null ? (error as Failure).code : undefined
  return typeof code === 'string' ? code : ''
}

function isFromServer(error: unknown): boolean {
  return /^[0-9A-Z]{5}$/.test(codeOf(error)) && typeof (error as Failure).severity === 'string'
}

/**
 * Whether trying again can help: no answer, or one that says "not now" (SQLSTATE classes of connections, rollbacks,
 * resources, a full disk among them, operator intervention, and system errors).
 */
export function isRetriable(error: unknown): boolean {
  if (isFromServer(error)) return /^(08|25006|40|53|55|57|58)/.test(codeOf(error))
  if (codeOf(error).startsWith('E')) return true
  return /connection (terminated|ended|error)|client was closed|timeout|cannot use a pool after/i.test(
    sentenceOf(error),
  )
}

/** The tables or the topic's partitions are not there: undefined schema, undefined table, or an offset of no partition. */
export function isTopicMissing(error: unknown): boolean {
  if (error instanceof EventLogError) return error.code === 'topic-missing'
  return isFromServer(error) && ['3F000', '42P01', '23502'].includes(codeOf(error))
}

/** Why a call was given up, in the words of the port. */
export function eventLogError(error: unknown, what: string): EventLogError {
  if (error instanceof EventLogError) return error
  if (isTopicMissing(error)) {
    return new EventLogError('topic-missing', `${what}: the topic does not exist: create it with ensureTopics()`, {
      cause: error,
    })
  }
  const code = isRetriable(error) ? 'unreachable' : 'failed'
  return new EventLogError(code, `${what}: ${sentenceOf(error)}`, { cause: error })
}
