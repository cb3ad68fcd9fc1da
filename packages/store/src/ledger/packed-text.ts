import { ByteReader, ByteWriter } from './byte-cursor.ts'
import { fragments, words } from './packed-text-dictionary.ts'

/**
 * Canonical JSON, packed: about a third of its length, at a fifth of the time DEFLATE takes for texts this short.
 *
 * The text is cut at its scalar values (strings that are no keys, and numbers), which leaves
 *
 *     fragment value fragment value … fragment
 *
 * where a fragment is all between two values: punctuation, keys, `null`, `true`, `false`. A fragment is written as
 *
 *     varint n > 0       fragment n-1 of the dictionary
 *     varint 0, text     this text
 *
 * and a value as one byte, with what follows it:
 *
 *     0 … 127            word n of the dictionary, as a string
 *     128 … 191          the n-128th string of this record that was written out, once more
 *     192 text           a string
 *     193 16 bytes       a string: a UUID in lower case
 *     194 varint bytes   a string: so many bytes in lower-case hexadecimal
 *     195 varint         a string of decimal digits
 *     196 16 bytes, value  a string: a UUID, a slash, and the string that the value says (a slot)
 *     197 varint         a number
 *     198 varint         a number: the first one over 2^40 of this record, plus this (zigzag)
 *     199 text           a number in any other form
 *     200                nothing: the next fragment follows at once
 *     201 … 255          the number n-201
 *
 * `text` is a varint length and that many bytes of UTF-8; strings stand as they stand between their quotes, escapes
 * included. A varint is seven bits a byte, lowest first. The dictionary is part of the format: it may only grow.
 */
const tag = {
  earlier: 128,
  text: 192,
  uuid: 193,
  hex: 194,
  digits: 195,
  uuidAnd: 196,
  number: 197,
  relative: 198,
  otherNumber: 199,
  nothing: 200,
  small: 201,
} as const
const earlierMax = 64
const smallMax = 255 - tag.small
const baseMin = 2 ** 40

const codeOfFragment = new Map(fragments.map((fragment, index) => [fragment, index + 1]))
const codeOfWord = new Map(words.map((word, index) => [word, index]))

const uuidLength = 36
const hexLengthMin = 12
const digitsLengthMin = 3
/** Every number of so many digits is a safe integer. */
const digitsLengthMax = 15

/** What both sides learn while a record goes by. */
type Memory = { readonly strings: string[]; base: number | null }

const quote = 0x22
const dash = 0x2d
const slash = 0x2f
const zero = 0x30
const nine = 0x39
const colon = 0x3a

export function packText(text: string): Buffer {
  const writer = new ByteWriter()
  const memory: Memory = { strings: [], base: null }
  let start = 0
  let index = 0
  while (index < text.length) {
    const code = text.charCodeAt(index)
    if (code === quote) {
      const end = endOfString(text, index)
      if (text.charCodeAt(end + 1) !== colon) {
        writeFragment(writer, text.slice(start, index))
        writeString(writer, memory, text.slice(index + 1, end))
        start = end + 1
      }
      index = end + 1
    } else if (isNumberStart(code)) {
      const end = endOfNumber(text, index)
      writeFragment(writer, text.slice(start, index))
      writeNumber(writer, memory, text.slice(index, end))
      start = end
      index = end
    } else index++
  }
  writeFragment(writer, text.slice(start))
  return writer.bytes()
}

export function unpackText(bytes: Buffer): string {
  const reader = new ByteReader(bytes)
  const memory: Memory = { strings: [], base: null }
  const parts = [readFragment(reader)]
  while (!reader.atEnd) parts.push(readValue(reader, memory), readFragment(reader))
  return parts.join('')
}

/** Index of the closing quote of the string that opens at `open`. */
function endOfString(text: string, open: number): number {
  let end = text.indexOf('"', open + 1)
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  if (end < 0) throw new SyntaxError('a string has no end')
  return end
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(index - 1 - backslashes) === 0x5c) backslashes++
  return backslashes % 2 === 1
}

const isNumberStart = (code: number): boolean => isDigit(code) || code === dash

function endOfNumber(text: string, start: number): number {
  let end = start + 1
  while (end < text.length) {
    const code = text.charCodeAt(end)
    // Digits, `.`, `+`, `-`, `e` and `E`.
    if (!isNumberStart(code) && code !== 0x2e && code !== 0x2b && (code | 0x20) !== 0x65) break
    end++
  }
  return end
}

function writeFragment(writer: ByteWriter, fragment: string): void {
  const code = codeOfFragment.get(fragment)
  if (code !== undefined) {
    writer.varint(code)
    return
  }
  // A key that nobody foresaw, a label mostly, stands behind something that is well known.
  const cut = fragment.lastIndexOf('{') + 1
  const head = codeOfFragment.get(fragment.slice(0, cut))
  if (head !== undefined) {
    writer.varint(head)
    writer.byte(tag.nothing)
  }
  const rest = head === undefined ? fragment : fragment.slice(cut)
  const tail = codeOfFragment.get(rest)
  writer.varint(tail ?? 0)
  if (tail === undefined) writer.text(rest)
}

function readFragment(reader: ByteReader): string {
  const code = reader.varint()
  if (code === 0) return reader.text()
  const fragment = fragments[code - 1]
  if (fragment === undefined) throw new RangeError(`the dictionary has no fragment ${code - 1}`)
  return fragment
}

function writeString(writer: ByteWriter, memory: Memory, string: string): void {
  const word = codeOfWord.get(string)
  if (word !== undefined) {
    writer.byte(word)
    return
  }
  const earlier = memory.strings.indexOf(string)
  if (earlier >= 0) {
    writer.byte(tag.earlier + earlier)
    return
  }
  if (memory.strings.length < earlierMax) memory.strings.push(string)
  if (beginsWithUuid(string)) {
    writer.byte(string.length === uuidLength ? tag.uuid : tag.uuidAnd)
    writer.uuid(string)
    if (string.length > uuidLength) writeString(writer, memory, string.slice(uuidLength + 1))
  } else if (isDigits(string, digitsLengthMin)) {
    writer.byte(tag.digits)
    writer.varint(Number(string))
  } else if (isHex(string)) {
    writer.byte(tag.hex)
    writer.varint(string.length / 2)
    writer.hex(string, 0, string.length)
  } else {
    writer.byte(tag.text)
    writer.text(string)
  }
}

/** A UUID in lower case, alone or before a slash. */
function beginsWithUuid(string: string): boolean {
  if (string.length < uuidLength || (string.length > uuidLength && string.charCodeAt(uuidLength) !== slash))
    return false
  for (let index = 0; index < uuidLength; index++) {
    const code = string.charCodeAt(index)
    const isDashed = index === 8 || index === 13 || index === 18 || index === 23
    if (isDashed ? code !== dash : !isHexDigit(code)) return false
  }
  return true
}

function isHex(string: string): boolean {
  if (string.length < hexLengthMin || string.length % 2 === 1) return false
  for (let index = 0; index < string.length; index++) if (!isHexDigit(string.charCodeAt(index))) return false
  return true
}

/** Decimal digits without a leading zero, so that the number says the same. */
function isDigits(text: string, lengthMin: number): boolean {
  if (text.length < lengthMin || text.length > digitsLengthMax || text.charCodeAt(0) === zero) return false
  for (let index = 0; index < text.length; index++) if (!isDigit(text.charCodeAt(index))) return false
  return true
}

const isDigit = (code: number): boolean => code >= zero && code <= nine
const isHexDigit = (code: number): boolean => isDigit(code) || (code >= 0x61 && code <= 0x66)

function readString(reader: ByteReader, memory: Memory, code: number): string {
  if (code < tag.earlier) {
    const word = words[code]
    if (word === undefined) throw new RangeError(`the dictionary has no word ${code}`)
    return word
  }
  if (code < tag.text) {
    const earlier = memory.strings[code - tag.earlier]
    if (earlier === undefined) throw new RangeError(`the record has no string ${code - tag.earlier} before this`)
    return earlier
  }
  // A string has its number before the one within it: as it was written.
  const slot = memory.strings.length < earlierMax ? memory.strings.push('') - 1 : null
  const string = readNewString(reader, memory, code)
  if (slot !== null) memory.strings[slot] = string
  return string
}

function readNewString(reader: ByteReader, memory: Memory, code: number): string {
  switch (code) {
    case tag.text:
      return reader.text()
    case tag.uuid:
      return reader.uuid()
    case tag.uuidAnd: {
      const uuid = reader.uuid()
      return `${uuid}/${readString(reader, memory, reader.byte())}`
    }
    case tag.hex:
      return reader.hex(reader.varint())
    case tag.digits:
      return String(reader.varint())
    default:
      throw new RangeError(`byte ${code} begins no string`)
  }
}

function writeNumber(writer: ByteWriter, memory: Memory, number: string): void {
  if (number !== '0' && !isDigits(number, 1)) {
    writer.byte(tag.otherNumber)
    writer.text(number)
    return
  }
  const value = Number(number)
  if (value <= smallMax) {
    writer.byte(tag.small + value)
    return
  }
  if (memory.base !== null && Math.abs(value - memory.base) < baseMin) {
    writer.byte(tag.relative)
    writer.zigzag(value - memory.base)
    return
  }
  if (value >= baseMin) memory.base ??= value
  writer.byte(tag.number)
  writer.varint(value)
}

function readValue(reader: ByteReader, memory: Memory): string {
  const code = reader.byte()
  if (code < tag.number) return `"${readString(reader, memory, code)}"`
  if (code >= tag.small) return String(code - tag.small)
  switch (code) {
    case tag.number: {
      const value = reader.varint()
      if (value >= baseMin) memory.base ??= value
      return String(value)
    }
    case tag.relative: {
      if (memory.base === null) throw new RangeError('a relative number has nothing before it')
      return String(memory.base + reader.zigzag())
    }
    case tag.otherNumber:
      return reader.text()
    default:
      return ''
  }
}
