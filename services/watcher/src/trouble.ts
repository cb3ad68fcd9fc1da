import { ApiError, UnreachableError } from '@rollcall/kube'
import { errorFacts } from '@rollcall/service'

/** The fields to log an error with; what a cluster answers, or does not, needs no stack. */
export function troubleFacts(error: unknown): ReturnType<typeof errorFacts> {
  if (error instanceof ApiError) return { error: `HTTP ${error.code} ${error.reason}: ${error.message}` }
  if (error instanceof UnreachableError) return { error: error.message }
  return errorFacts(error)
}
