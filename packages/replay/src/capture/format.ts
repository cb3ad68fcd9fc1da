import { hash } from 'node:crypto'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { ReplayError } from '../errors.ts'

/**
 * A capture file: one line of ASCII, `rollcall-capture FORMAT SHA256`, then lines of canonical JSON, compressed with zstd
 * (RFC 8878). The hash is over the compressed bytes, so a changed byte is found before anything is unpacked.
 */
const magic = 'rollcall-capture'
export const captureFormat = 1

/** Unpacked, a capture fits memory: a file that claims more is refused. */
const textBytesMax = 1024 * 1024 * 1024
const headerBytesMax = 128

export function packCapture(lines: readonly string[]): Buffer {
  const body = zstdCompressSync(Buffer.from(`${lines.join('\n')}\n`))
  return Buffer.concat([Buffer.from(`${magic} ${captureFormat} ${hash('sha256', body, 'hex')}\n`), body])
}

/** @throws ReplayError on what is no capture, one of a newer format, or a damaged one */
export function unpackCapture(name: string, bytes: Buffer): string[] {
  const end = bytes.subarray(0, headerBytesMax).indexOf(0x0a)
  const header = bytes.toString('latin1', 0, Math.max(0, end))
  const [, format, digest] = /^rollcall-capture ([1-9][0-9]{0,5}) ([0-9a-f]{64})$/.exec(header) ?? []
  if (format === undefined || digest === undefined) throw notACapture(name, bytes)
  if (Number(format) > captureFormat) {
    throw new ReplayError(
      'future-capture',
      `${name} is a capture of format ${format}: this Rollcall knows formats up to ${captureFormat}`,
    )
  }
  const body = bytes.subarray(end + 1)
  if (hash('sha256', body, 'hex') !== digest) {
    throw damaged(name, 'its bytes are not those that were written')
  }
  try {
    return zstdDecompressSync(body, { maxOutputLength: textBytesMax }).toString('utf8').trimEnd().split('\n')
  } catch (error) {
    throw damaged(name, `it cannot be unpacked: ${(error as Error).message}`)
  }
}

function notACapture(name: string, bytes: Buffer): ReplayError {
  if (bytes.length === 0) return new ReplayError('not-a-capture', `${name} is empty: no capture file`)
  // A header that is nearly right is one that something has changed.
  if (bytes.toString('latin1', 0, magic.length) === magic) return damaged(name, 'its first line cannot be read')
  return new ReplayError('not-a-capture', `${name} is no capture file: it does not begin with "${magic}"`)
}

export const damaged = (name: string, problem: string): ReplayError =>
  new ReplayError('damaged-capture', `${name} is damaged: ${problem}`)
