import { createWriteStream, renameSync, statSync } from 'node:fs'
import { createLogger, type Logger } from '@rollcall/service'

const bytesMax = 50 * 1024 * 1024

/** The file that the services' lines go to; the one of before is kept beside it once it has grown. */
export function openLogFile(file: string): { loggerOf(service: string): Logger; close(): Promise<void> } {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > bytesMax) renameSync(file, `${file}.1`)
  const stream = createWriteStream(file, { flags: 'a', mode: 0o600 })
  // A disk that is full has no room for saying so; the services' own failures tell it.
  stream.on('error', () => undefined)
  const destination = { write: (line: string) => void stream.write(line) }
  return {
    loggerOf: service => createLogger({ service, level: 'info', destination }),
    close: () => new Promise(resolve => stream.end(() => resolve())),
  }
}
