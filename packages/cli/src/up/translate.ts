import { CliError } from '../errors.ts'

/** Errors of the embedded mode say what was wrong and the mend. Any other is a defect, and comes back as it is. */
export function asCliError(thrown: unknown): Error {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const { name, code, mend } = error as Error & { code?: string; mend?: string | null }
  if (name !== 'EmbeddedError') return error
  const what = mend ? error.message.replace(`: ${mend}`, '') : error.message
  const exit = code === 'cluster' ? 'notFound' : code === 'folder-access' ? 'refused' : 'failed'
  return new CliError(exit, what, mend ?? null, { cause: error })
}
