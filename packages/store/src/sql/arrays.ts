/**
 * Columns of a batched statement, as one-dimensional arrays in Postgres' binary format: `pg` sends a Buffer as a binary
 * parameter. It spares both sides the quoting and parsing of array literals, which cost more than the insert itself.
 * Statements take them apart with `unnest($1::int8[], …)`; the casts must name the element type used here.
 */

const oids = {
  date: 1082,
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  timestamptz: 1184,
  jsonb: 3802,
} as const

type Cell<T> = T | null

/** Milliseconds from the Unix epoch to that of Postgres, 2000-01-01. */
const postgresEpochMs = 946_684_800_000

const headerLength = 20

function header(bytes: Buffer, oid: number, count: number): void {
  bytes.writeInt32BE(1, 0)
  bytes.writeInt32BE(1, 4)
  bytes.writeInt32BE(oid, 8)
  bytes.writeInt32BE(count, 12)
  bytes.writeInt32BE(1, 16)
}

/** An array of no elements has no dimension either. */
function empty(oid: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeInt32BE(oid, 8)
  return bytes
}

function fixedWidth<T>(oid: number, width: number, write: (bytes: Buffer, value: T, offset: number) => void) {
  return (values: readonly Cell<T>[]): Buffer => {
    if (values.length === 0) return empty(oid)
    const bytes = Buffer.allocUnsafe(headerLength + values.length * (4 + width))
    header(bytes, oid, values.length)
    let offset = headerLength
    for (const value of values) {
      if (value === null) {
        offset = bytes.writeInt32BE(-1, offset)
        continue
      }
      offset = bytes.writeInt32BE(width, offset)
      write(bytes, value, offset)
      offset += width
    }
    return bytes.subarray(0, offset)
  }
}

/** `value` may exceed 2^53: it then is written as closely as a number can say it. */
function writeInt64(bytes: Buffer, value: number, offset: number): void {
  const high = Math.floor(value / 2 ** 32)
  bytes.writeInt32BE(high, offset)
  bytes.writeUInt32BE(value - high * 2 ** 32, offset + 4)
}

export const int2s = fixedWidth<number>(oids.int2, 2, (bytes, value, offset) => bytes.writeInt16BE(value, offset))
export const int4s = fixedWidth<number>(oids.int4, 4, (bytes, value, offset) => bytes.writeInt32BE(value, offset))
export const int8s = fixedWidth<number>(oids.int8, 8, writeInt64)
export const bigints = fixedWidth<bigint>(oids.int8, 8, (bytes, value, offset) => bytes.writeBigInt64BE(value, offset))
export const bools = fixedWidth<boolean>(oids.bool, 1, (bytes, value, offset) =>
  bytes.writeUInt8(value ? 1 : 0, offset),
)
/** Instants, given in milliseconds since the Unix epoch. */
export const instants = fixedWidth<number>(oids.timestamptz, 8, (bytes, value, offset) =>
  writeInt64(bytes, (value - postgresEpochMs) * 1_000, offset),
)

/** Days, counted from 1970-01-01. */
export const days = fixedWidth<number>(oids.date, 4, (bytes, value, offset) =>
  bytes.writeInt32BE(value - postgresEpochMs / 86_400_000, offset),
)

function textLike(oid: number, prefix: number | null, prepare: (value: string) => string) {
  const prefixLength = prefix === null ? 0 : 1
  return (values: readonly Cell<string>[]): Buffer => {
    if (values.length === 0) return empty(oid)
    const prepared = values.map(value => (value === null ? null : prepare(value)))
    let length = headerLength
    for (const value of prepared) length += 4 + (value === null ? 0 : prefixLength + Buffer.byteLength(value))
    const bytes = Buffer.allocUnsafe(length)
    header(bytes, oid, values.length)
    let offset = headerLength
    for (const value of prepared) {
      if (value === null) {
        offset = bytes.writeInt32BE(-1, offset)
        continue
      }
      const start = offset + 4
      if (prefix !== null) bytes.writeUInt8(prefix, start)
      const written = prefixLength + bytes.write(value, start + prefixLength)
      bytes.writeInt32BE(written, offset)
      offset = start + written
    }
    return bytes
  }
}

/** Postgres cannot hold U+0000 in text; what is exact stands in the ledger, so here it is shown as unreadable. */
export const storableText = (value: string): string => (value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value)

/** jsonb refuses U+0000 and lone surrogates, which JSON text may name by escapes. */
export function storableJson(json: string): string {
  if (!/\\u(?:0000|d[89a-f])/i.test(json)) return json
  return JSON.stringify(JSON.parse(json), (_, value) => {
    if (typeof value === 'string') return storable(value)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [storable(key), member]))
  })
}
const storable = (text: string): string => storableText(text.toWellFormed())

export const texts = textLike(oids.text, null, storableText)
const jsonTexts = textLike(oids.jsonb, 1, storableJson)
/** Values for jsonb columns; null is SQL's null. */
export const jsons = (values: readonly unknown[]): Buffer =>
  jsonTexts(values.map(value => (value === null ? null : JSON.stringify(value))))

export function byteStrings(values: readonly Uint8Array[]): Buffer {
  if (values.length === 0) return empty(oids.bytea)
  let length = headerLength
  for (const value of values) length += 4 + value.length
  const bytes = Buffer.allocUnsafe(length)
  header(bytes, oids.bytea, values.length)
  let offset = headerLength
  for (const value of values) {
    offset = bytes.writeInt32BE(value.length, offset)
    bytes.set(value, offset)
    offset += value.length
  }
  return bytes
}
