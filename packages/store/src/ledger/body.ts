import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { packText, unpackText } from './packed-text.ts'

/**
 * How a ledger body lies on disk. The chain is computed over the text, so packing can change without touching history.
 * - 0: the text, as UTF-8
 * - 1: packed text, see `packed-text.ts`: nearly every row
 * - 2: the text, compressed with zstd (RFC 8878): large decision points
 */
export type PackedBody = { readonly encoding: number; readonly bytes: Buffer }

/** Longer texts repeat themselves: then zstd wins. */
const packedLengthMax = 4_096

export function packBody(text: string): PackedBody {
  if (text.length > packedLengthMax) return { encoding: 2, bytes: zstdCompressSync(text) }
  const bytes = packText(text)
  // The ledger is for good: what could not be read back is better kept as it is.
  if (unpackText(bytes) === text) return { encoding: 1, bytes }
  return { encoding: 0, bytes: Buffer.from(text) }
}

export function unpackBody({ encoding, bytes }: PackedBody): string {
  switch (encoding) {
    case 0:
      return bytes.toString('utf8')
    case 1:
      return unpackText(bytes)
    case 2:
      return zstdDecompressSync(bytes).toString('utf8')
    default:
      throw new RangeError(`a ledger body is packed in way ${encoding}, which this Rollcall does not know: upgrade it`)
  }
}
