/** Writes bytes one after another into memory that all writers share: one record at a time, copied out at its end. */
export class ByteWriter {
  #bytes = shared
  #length = 0

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.#length++] = value
  }

  /** A non-negative safe integer, seven bits a byte, lowest first. */
  varint(value: number): void {
    this.#room(8)
    let rest = value
    // Beyond 31 bits, `>>>` would cut.
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[this.#length++] = rest
  }

  /** A signed integer below 2^52: 0, -1, 1, -2, … */
  zigzag(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value)
  }

  text(value: string): void {
    const start = this.#length
    this.varint(value.length)
    this.#room(value.length * 3)
    // A short text of ASCII, which nearly all are, goes byte by byte faster than by a call into the runtime.
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index)
      if (code >= 0x80 || value.length > 64) {
        this.#length = start
        this.#longText(value)
        return
      }
      this.#bytes[this.#length++] = code
    }
  }

  #longText(value: string): void {
    const size = Buffer.byteLength(value)
    this.varint(size)
    this.#room(size)
    this.#length += this.#bytes.write(value, this.#length)
  }

  /** The hexadecimal digits from `start` to `end`, two a byte. */
  hex(digits: string, start: number, end: number): void {
    this.#room((end - start) / 2)
    for (let index = start; index < end; index += 2) {
      this.#bytes[this.#length++] = (nibble(digits.charCodeAt(index)) << 4) | nibble(digits.charCodeAt(index + 1))
    }
  }

  /** The UUID that a string begins with, in 16 bytes. */
  uuid(text: string): void {
    this.hex(text, 0, 8)
    this.hex(text, 9, 13)
    this.hex(text, 14, 18)
    this.hex(text, 19, 23)
    this.hex(text, 24, 36)
  }

  bytes(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length))
  }

  #room(size: number): void {
    if (this.#length + size <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe((this.#bytes.length + size) * 2)
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

const shared = Buffer.allocUnsafe(64 * 1024)

/** Value of a lower-case hexadecimal digit. */
const nibble = (code: number): number => (code < 0x40 ? code - 0x30 : code - 0x57)

/** Reads what `ByteWriter` wrote; reading over the end throws. */
export class ByteReader {
  readonly #bytes: Buffer
  #offset = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#offset >= this.#bytes.length
  }

  byte(): number {
    const value = this.#bytes[this.#offset++]
    if (value === undefined) throw new RangeError('the bytes end in the middle')
    return value
  }

  varint(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
    }
  }

  zigzag(): number {
    const value = this.varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  text(): string {
    const start = this.#skip(this.varint())
    return this.#bytes.toString('utf8', start, this.#offset)
  }

  hex(size: number): string {
    const start = this.#skip(size)
    return this.#bytes.toString('hex', start, this.#offset)
  }

  uuid(): string {
    const hex = this.hex(16)
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }

  #skip(size: number): number {
    const start = this.#offset
    this.#offset += size
    if (this.#offset > this.#bytes.length) throw new RangeError('the bytes end in the middle')
    return start
  }
}
