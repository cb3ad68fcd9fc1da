import { EventLogError } from '@rollcall/event-log'
import { KubeconfigError } from '@rollcall/kube'
import { StartError } from '@rollcall/local-process'
import { asError, ServiceError } from '@rollcall/service'
import { StoreError } from '@rollcall/store'
import { diskFull } from './data-folder.ts'
import { EmbeddedError } from './errors.ts'

export const anotherPort = 'choose another port, or 0 for any free one'

/** What any part throws at a start, in one sentence with its mend. */
export function embeddedErrorFrom(thrown: unknown, dataDir: string): EmbeddedError {
  if (thrown instanceof EmbeddedError) return thrown
  const error = asError(thrown)
  const { code = '' } = error as NodeJS.ErrnoException
  const options = { cause: error }
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(dataDir)
  if (code === 'EADDRINUSE') return portInUse(error, error)
  if (error instanceof KubeconfigError) return new EmbeddedError('cluster', error.message, null, options)
  if (error instanceof StartError) return fromStart(error, dataDir)
  // Its own mend names options of the service's own process.
  if (error instanceof ServiceError && error.code === 'port-in-use') return portInUse(error.cause, error)
  if (error instanceof StoreError) {
    const isOther = error.code === 'schema-newer'
    return new EmbeddedError(isOther ? 'folder-version' : 'postgres', error.message, null, options)
  }
  if (error instanceof EventLogError) return new EmbeddedError('postgres', error.message, null, options)
  // Of the simulator: a story that there is not, with those that there are.
  if (error instanceof RangeError) return new EmbeddedError('cluster', error.message, null, options)
  return new EmbeddedError('failed', `the start failed: ${error.message}`, null, options)
}

function portInUse(refused: unknown, cause: Error): EmbeddedError {
  const { port } = refused as { port?: number }
  const what = port === undefined ? cause.message : `port ${port} is used by another process`
  return new EmbeddedError('port-in-use', what, anotherPort, { cause })
}

/** Of the embedded Postgres. */
function fromStart(error: StartError, dataDir: string): EmbeddedError {
  const options = { cause: error }
  const lines = error.lastLines.join('\n')
  if (/No space left on device|Disk quota exceeded/i.test(lines)) return diskFull(dataDir)
  const { what } = error
  if (/could not look up effective user ID/.test(lines)) {
    const mend = 'run it as a user that /etc/passwd knows'
    return new EmbeddedError('postgres', 'Postgres does not run as a user without a name', mend, options)
  }
  if (error.code === 'port-in-use') return new EmbeddedError('port-in-use', what, anotherPort, options)
  if (/database files are incompatible with server|initialized by PostgreSQL version/i.test(lines)) {
    const mend = 'run the version of rollcall that made it, or choose another folder with --data'
    return new EmbeddedError('folder-version', `${dataDir} holds data of another version of Postgres`, mend, options)
  }
  const mend = error.mend ?? (error.logFile === null ? null : `its log says more: ${error.logFile}`)
  return new EmbeddedError('postgres', what, mend, options)
}
