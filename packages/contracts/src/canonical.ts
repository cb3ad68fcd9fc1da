import { hash } from 'node:crypto'

/** Any value JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * JSON with object keys sorted by UTF-16 code unit, no white space; `undefined` members are left out.
 * Two values that mean the same give the same text: the ledger's hash chain, digests and fingerprints stand on it.
 */
export function canonicalJson(value: unknown): string {
  const ordered = inOrder(value)
  return ordered === unorderable ? joined(value) : JSON.stringify(ordered)
}

/** An object has members that JavaScript lists in its own order whatever is done, or does not keep at all. */
const unorderable = Symbol('unorderable')

/** A copy whose members were added in order. It and one JSON.stringify take half the time of joining pieces of text. */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items: unknown[] = []
    for (const item of value) {
      const ordered = inOrder(item)
      if (ordered === unorderable) return unorderable
      items.push(ordered)
    }
    return items
  }
  const members = value as Record<string, unknown>
  const copy: Record<string, unknown> = {}
  for (const key of sorted(Object.keys(members))) {
    if (isDigit(key.charCodeAt(0)) || key === '__proto__') return unorderable
    const ordered = inOrder(members[key])
    if (ordered === unorderable) return unorderable
    copy[key] = ordered
  }
  return copy
}

/** Sorts in place. Keys are few and mostly in order: then this is faster than `sort`. */
function sorted(keys: string[]): string[] {
  if (keys.length > insertedMax) return keys.sort()
  for (let index = 1; index < keys.length; index++) {
    const key = keys[index] as string
    let hole = index
    for (; hole > 0 && (keys[hole - 1] as string) > key; hole--) keys[hole] = keys[hole - 1] as string
    keys[hole] = key
  }
  return keys
}
const insertedMax = 32

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** The same text, for values that have no copy in order. */
function joined(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(item => joined(item ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = value as Record<string, unknown>
  const texts = Object.keys(members)
    .sort()
    .filter(key => members[key] !== undefined)
    .map(key => `${JSON.stringify(key)}:${joined(members[key])}`)
  return `{${texts.join(',')}}`
}

/** Object keys in the byte order of their UTF-8 form, which is what Go sorts map keys by. */
function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

const goEscapes: Record<string, string> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}

function goString(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, character => goEscapes[character] ?? character)
}

/**
 * JSON as Go's `encoding/json` writes a map: keys by byte value, HTML-safe escapes, no white space.
 * ControllerRevision data must have exactly these bytes (spec §1.3).
 */
export function goCanonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(item => goCanonicalJson(item as Json)).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const members = value as { readonly [key: string]: Json }
    const keys = Object.keys(members).sort(compareUtf8)
    return `{${keys.map(key => `${goString(key)}:${goCanonicalJson(members[key] as Json)}`).join(',')}}`
  }
  return typeof value === 'string' ? goString(value) : JSON.stringify(value)
}

/** SHA-256 of UTF-8 text, as 64 lower-case hex digits. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex')
}

/** SHA-256 of a value's canonical JSON, as 64 lower-case hex digits. */
export function digestOf(value: unknown): string {
  return sha256Hex(canonicalJson(value))
}
