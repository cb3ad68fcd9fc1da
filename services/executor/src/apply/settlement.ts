import type { CommandResult, CommandSettled } from '@rollcall/contracts'
import { ApiError, type KubeObject, UnreachableError } from '@rollcall/kube'
import { type Identity, identityOf } from '../kube-objects.ts'
import { wordsForRecord } from './server-words.ts'

export type Answer = NonNullable<CommandSettled['answer']>

/** What became of a command, for its outcome. */
export type Settlement = {
  readonly result: CommandResult
  readonly object: Identity | null
  readonly answer: Answer | null
}

export const done = (object: KubeObject): Settlement => settle('done', object)

export const settle = (
  result: CommandResult,
  object: KubeObject | null = null,
  answer: Answer | null = null,
): Settlement => ({
  result,
  object: object && identityOf(object),
  answer,
})

export function answerOf(error: ApiError): Answer {
  return { code: error.code, reason: error.reason, cause: error.cause_, message: wordsForRecord(error.message) }
}

/** An answer of ours where the API server has none; code 0 tells it from one of the server's. */
export function ownAnswer(reason: string, message: string): Answer {
  return { code: 0, reason, cause: '', message: wordsForRecord(message) }
}

/** Why an attempt is to be repeated, which says who should slow down. */
export type RetryCause =
  /** 429: the server protects itself. */
  | 'throttled'
  /** No answer, 408, 503, 504: the server, or the way to it. */
  | 'overloaded'
  /** Other 5xx: often one webhook, that is, this object only. */
  | 'failed'
  /** 409 other than AlreadyExists and preconditions: another writer was faster. */
  | 'conflict'
  /** 401: the credentials have expired or are being renewed. */
  | 'unauthorized'

export type Verdict =
  | { readonly kind: 'settled'; readonly settlement: Settlement }
  | {
      readonly kind: 'retry'
      readonly cause: RetryCause
      readonly retryAfterMs: number | null
      readonly message: string
    }

/** What an error that no rule of a command caught means for it. */
export function judge(error: unknown): Verdict {
  if (error instanceof UnreachableError) {
    return { kind: 'retry', cause: 'overloaded', retryAfterMs: null, message: error.message }
  }
  if (!(error instanceof ApiError)) {
    // A defect of ours: trying again cannot help, and the stream must go on. The outcome shows it.
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { kind: 'settled', settlement: settle('refused', null, ownAnswer('ExecutorDefect', message)) }
  }
  const cause = retryCauseOf(error)
  if (cause !== null)
    return { kind: 'retry', cause, retryAfterMs: error.retryAfterMs, message: wordsForRecord(error.message) }
  return { kind: 'settled', settlement: settle('refused', null, answerOf(error)) }
}

/** A PodDisruptionBudget says no to an eviction: an answer to decide on, unlike the 429 of flow control. */
export const isBudgetRefusal = (error: ApiError): boolean => error.code === 429 && error.cause_ === 'DisruptionBudget'

export function retryCauseOf(error: ApiError): RetryCause | null {
  switch (error.code) {
    case 401:
      return 'unauthorized'
    case 409:
      return 'conflict'
    case 429:
      // What a PodDisruptionBudget refuses is no sign of too much to do.
      return isBudgetRefusal(error) ? null : 'throttled'
    case 408:
    case 503:
    case 504:
      return 'overloaded'
    default:
      return error.code >= 500 ? 'failed' : null
  }
}

/** The error, if it is an answer with one of these codes; else it is thrown on. */
export function answered(error: unknown, ...codes: readonly number[]): ApiError {
  if (error instanceof ApiError && codes.includes(error.code)) return error
  throw error
}
