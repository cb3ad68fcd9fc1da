import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'
import { asError, createLogger, type Logger } from '@rollcall/service'

const bytesMaxDefault = 50 * 1024 * 1024

export type LogFile = {
  loggerOf(service: string): Logger
  /** What is said later goes nowhere. */
  close(): void
}

/**
 * The file that the services' lines go to. Once it has grown to `bytesMax` it becomes `<file>.1`, in place of the one of
 * before. `onTrouble` is told the first time that a line cannot be written; each later line is tried all the same.
 */
export function openLogFile(file: string, onTrouble: (why: string) => void, bytesMax = bytesMaxDefault): LogFile {
  let fd: number | null = openSync(file, 'a', 0o600)
  let bytes = fstatSync(fd).size
  let isTold = false

  function rotate(open: number): number {
    renameSync(file, `${file}.1`)
    const next = openSync(file, 'a', 0o600)
    closeSync(open)
    bytes = 0
    return next
  }

  function write(line: string): void {
    if (fd === null) return
    try {
      if (bytes >= bytesMax) fd = rotate(fd)
      bytes += writeSync(fd, line)
    } catch (error) {
      if (isTold) return
      isTold = true
      onTrouble(`${file} could not be written, lines are missing in it (${asError(error).message})`)
    }
  }

  return {
    loggerOf: service => createLogger({ service, level: 'info', destination: { write } }),
    close() {
      if (fd !== null) closeSync(fd)
      fd = null
    },
  }
}
