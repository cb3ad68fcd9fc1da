import { canonicalJson, sha256Hex } from '@rollcall/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { packText, unpackText } from './packed-text.ts'
import { fragments, words } from './packed-text-dictionary.ts'

const there = (text: string) => unpackText(packText(text))

describe('packed text', () => {
  test('any canonical JSON comes back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), value => {
        const text = canonicalJson(value)
        expect(there(text)).toBe(text)
      }),
      { numRuns: 300 },
    )
  })

  test('values of the shapes it knows, and such as only look like them', () => {
    const digit = fc.constantFrom(...'0123456789')
    const hex = fc.constantFrom(...'0123456789abcdefABCDEF-/')
    const uuid = fc.uuid()
    const shaped = fc.oneof(
      uuid,
      uuid.map(id => `${id}/`),
      fc.tuple(uuid, fc.string()).map(([id, node]) => `${id}/${node}`),
      fc.tuple(uuid, uuid).map(([id, other]) => `${id}/${other}`),
      fc.tuple(uuid, fc.string()).map(([id, rest]) => id + rest),
      fc.string({ unit: digit, maxLength: 20 }),
      fc.string({ unit: hex, maxLength: 70 }),
      fc.constantFrom(...words),
      fc.string({ unit: 'binary' }),
    )
    const number = fc.oneof(
      fc.integer({ min: -300, max: 300 }),
      fc.maxSafeInteger(),
      fc.integer({ min: 1.7e12, max: 1.8e12 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, -0, 2 ** 40, 2 ** 40 - 1, 2 ** 53 - 1, 54, 55, 1e21),
    )
    const member = fc.oneof(shaped, number, fc.boolean(), fc.constant(null), fc.array(fc.oneof(shaped, number)))
    fc.assert(
      fc.property(fc.array(fc.dictionary(shaped, member), { maxLength: 20 }), value => {
        const text = canonicalJson(value)
        expect(there(text)).toBe(text)
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    '""',
    '"\\""',
    '"\\\\"',
    '"\\\\\\""',
    '{"\\\\":"\\":"}',
    '{"a:":":"}',
    '0',
    '-0.5e-7',
    'null',
    '[]',
    '{}',
    '1E+400',
  ])('the text %s', text => {
    expect(there(text)).toBe(text)
  })

  test('a string that has no end is refused, not guessed at', () => {
    expect(() => packText('{"a')).toThrow(SyntaxError)
  })

  test('damaged bytes throw or give another text, but never hang', () => {
    const bytes = packText(
      canonicalJson({ at: 1_767_225_600_000, name: 'a', uid: '3c0a2b9e-7d51-4a5b-9c1d-0123456789ab' }),
    )
    for (let index = 0; index < bytes.length; index++) {
      for (let bit = 0; bit < 8; bit++) {
        const damaged = Buffer.from(bytes)
        damaged[index] = (damaged[index] ?? 0) ^ (1 << bit)
        let text: string | null = null
        try {
          text = unpackText(damaged)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
        if (text !== null) expect(text).not.toBe(unpackText(bytes))
      }
    }
  })

  test('the dictionary has not changed: rows on disk stand on it', () => {
    expect(new Set(fragments).size).toBe(fragments.length)
    expect(new Set(words).size).toBe(words.length)
    expect(words.length).toBeLessThanOrEqual(128)
    expect(fragments.length).toBeGreaterThanOrEqual(fragmentsAtFirst)
    expect(sha256Hex(JSON.stringify(fragments.slice(0, fragmentsAtFirst)))).toBe(
      '04a307e597c645551c3a980386cfbf13d3fd783a085c49a773107269e9d73092',
    )
    expect(sha256Hex(JSON.stringify(words.slice(0, wordsAtFirst)))).toBe(
      'd8b6ffb44b1ef5a5e09ea5309f8ab2bdc267489ba2824123fb557c6fdb12d47a',
    )
  })
})

/** How many entries were there when rows were first written. */
const fragmentsAtFirst = 219
const wordsAtFirst = 113
