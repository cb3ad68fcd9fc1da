import { hash } from 'node:crypto'

/** Any value JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * JSON with object keys sorted by UTF-16 code unit, no white space; `undefined` members are left out.
 * Two values that mean the same give the same text: the ledger's hash chain, digests and fingerprints stand on it.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) {
    let text = '['
    for (let index = 0; index < value.length; index++) {
      if (index > 0) text += ','
      text += canonicalJson(value[index] ?? null)
    }
    return `${text}]`
  }
  if (typeof value === 'object' && value !== null) {
    const members = value as Record<string, unknown>
    let text = '{'
    for (const key of Object.keys(members).sort()) {
      const member = members[key]
      if (member === undefined) continue
      if (text.length > 1) text += ','
      text += `${JSON.stringify(key)}:${canonicalJson(member)}`
    }
    return `${text}}`
  }
  return JSON.stringify(value)
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
