import { inspect } from 'node:util'

/** An operating error: something outside is not as it must be. Its message is one sentence and the mend. */
export class ServiceError extends Error {
  readonly code: 'port-in-use' | 'address-refused' | 'bad-configuration' | 'stop-timeout' | 'failed'
  constructor(code: ServiceError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ServiceError'
    this.code = code
  }
}

/** Whatever was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  const error = new Error(`something that is no error was thrown: ${inspect(thrown, { depth: 2 })}`)
  // Made here, so it would only mislead.
  delete error.stack
  return error
}

/**
 * Operating errors carry a code and a sentence for people (`EventLogError`, `StoreError`, `ServiceError`): their stack
 * says nothing more. Anything else is a defect, and its stack is wanted.
 */
export function isOperatingError(error: Error): error is Error & { readonly code: string } {
  return error.name !== 'Error' && typeof (error as { code?: unknown }).code === 'string' && !('syscall' in error)
}

/** The fields to log an error with: the sentence, and the stack only where it helps. */
export function errorFacts(thrown: unknown): {
  readonly error: string
  readonly code?: string
  readonly stack?: string
} {
  const error = asError(thrown)
  if (isOperatingError(error)) return { error: error.message, code: error.code }
  return { error: `${error.name}: ${error.message}`, ...(error.stack === undefined ? {} : { stack: error.stack }) }
}
