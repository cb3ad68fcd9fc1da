import { ApiError } from '@rollcall/kube'
import { ApiStatusError } from '../objects/object-store.ts'

/** The error as a client of the API server sees it; what is no answer of the API server is a defect, and stays itself. */
export function asApiError(error: unknown): unknown {
  if (!(error instanceof ApiStatusError)) return error
  const { causes, retryAfterSeconds } = error.details
  const first = Array.isArray(causes) ? causes[0] : null
  const cause = typeof first === 'object' && first !== null && 'reason' in first ? String(first.reason) : ''
  return new ApiError({
    code: error.code,
    reason: error.reason,
    cause,
    message: error.message,
    retryAfterMs: typeof retryAfterSeconds === 'number' ? retryAfterSeconds * 1000 : null,
  })
}
