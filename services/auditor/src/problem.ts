import type { Problem, ProblemCode } from '@rollcall/contracts/api'
import { asError } from '@rollcall/service'
import { StoreError } from '@rollcall/store'

const statusOf: Readonly<Record<ProblemCode, { readonly status: number; readonly title: string }>> = {
  'bad-parameter': { status: 400, title: 'A parameter is wrong' },
  'bad-cursor': { status: 400, title: 'The cursor cannot be used' },
  'bad-selector': { status: 400, title: 'The label selector cannot be read' },
  'bad-time': { status: 400, title: 'The time cannot be read' },
  'bad-body': { status: 400, title: 'The body is wrong' },
  unauthorized: { status: 401, title: 'A token is needed' },
  'too-many-tries': { status: 429, title: 'Too many wrong tokens' },
  'users-away': { status: 503, title: 'The users cannot be read now' },
  forbidden: { status: 403, title: 'This may not be asked for' },
  'not-found': { status: 404, title: 'There is no such route' },
  'unknown-cluster': { status: 404, title: 'The cluster is not on record' },
  'unknown-node': { status: 404, title: 'The node is not on record' },
  'unknown-daemonset': { status: 404, title: 'The DaemonSet is not on record' },
  'unknown-pod': { status: 404, title: 'The pod is not on record' },
  'unknown-hold': { status: 404, title: 'The hold is not on record' },
  'hold-settled': { status: 409, title: 'The hold is settled' },
  'unknown-position': { status: 404, title: 'The position is not on record' },
  'method-not-allowed': { status: 405, title: 'The method is not answered' },
  'key-used': { status: 422, title: 'The key was used for something else' },
  'wrong-host': { status: 421, title: 'The host is none of this machine' },
  'too-large': { status: 413, title: 'The request is too large' },
  'too-long': { status: 414, title: 'The URL is too long' },
  'too-many-followers': { status: 503, title: 'Too many event streams are open' },
  'took-too-long': { status: 504, title: 'The answer took too long' },
  'not-yet-on-record': { status: 504, title: 'It is in the log, and not yet on record' },
  'store-away': { status: 503, title: 'The record cannot be read now' },
  'log-away': { status: 503, title: 'The log does not answer' },
  defect: { status: 500, title: 'The auditor failed' },
}

/** A question that cannot be answered: what was wrong, and what to do. */
export class ProblemError extends Error {
  readonly code: ProblemCode
  readonly mend: string
  readonly more: Pick<Problem, 'didYouMean' | 'parameter'>

  constructor(
    code: ProblemCode,
    detail: string,
    mend: string,
    more: Pick<Problem, 'didYouMean' | 'parameter'> = {},
    options?: ErrorOptions,
  ) {
    super(detail, options)
    this.name = 'ProblemError'
    this.code = code
    this.mend = mend
    this.more = more
  }
}

export function problemOf({ code, message, mend, more }: ProblemError, instance: string): Problem {
  return { type: `urn:rollcall:problem:${code}`, ...statusOf[code], detail: message, instance, code, mend, ...more }
}

/** Whatever was thrown while answering, as a problem. */
export function problemFrom(thrown: unknown): ProblemError {
  if (thrown instanceof ProblemError) return thrown
  if (!(thrown instanceof StoreError)) {
    return new ProblemError(
      'defect',
      'something broke while answering',
      'see the log of the auditor, and report it',
      {},
      {
        cause: asError(thrown),
      },
    )
  }
  if (thrown.code === 'took-too-long') {
    const mend = 'ask for less: fewer clusters, one node or DaemonSet, a smaller page'
    return new ProblemError('took-too-long', thrown.message, mend, {}, { cause: thrown })
  }
  const mend = 'try again in a moment; if it lasts, see to the database of the auditor'
  return new ProblemError('store-away', thrown.message, mend, {}, { cause: thrown })
}
