import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Enough for 20 long lines; a log may have gigabytes. */
const readBytesMax = 64 * 1024
/** A line of JSON log can be of any length; an error message cannot. */
const lineCharsMax = 500

/** The last lines of a log, without empty ones; of what was written behind `fromByte` only. Missing file: none. */
export function lastLines(file: string, count = 20, fromByte = 0): string[] {
  const text = lastBytes(file, fromByte)
  return text
    .split('\n')
    .map(line => line.trimEnd())
    .filter(line => line !== '')
    .slice(-count)
    .map(line => (line.length > lineCharsMax ? `${line.slice(0, lineCharsMax)}…` : line))
}

function lastBytes(file: string, fromByte: number): string {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return ''
  }
  try {
    const size = fstatSync(descriptor).size
    const start = Math.max(fromByte, size - readBytesMax, 0)
    const buffer = Buffer.alloc(Math.max(size - start, 0))
    const read = readSync(descriptor, buffer, 0, buffer.length, start)
    const text = buffer.toString('utf8', 0, read)
    // The first line is cut unless the reading began where the writing did.
    return start > fromByte ? text.slice(text.indexOf('\n') + 1) : text
  } finally {
    closeSync(descriptor)
  }
}
