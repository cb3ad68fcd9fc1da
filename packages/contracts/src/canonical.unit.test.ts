import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, digestOf, goCanonicalJson, type Json } from './canonical.ts'

describe('canonical JSON', () => {
  test('key order of the input does not matter', () => {
    expect(canonicalJson({ b: 1, a: { d: [1, 2], c: null } })).toBe('{"a":{"c":null,"d":[1,2]},"b":1}')
    expect(digestOf({ a: 1, b: 2 })).toBe(digestOf({ b: 2, a: 1 }))
  })

  test('members that are undefined are left out, as JSON.stringify does', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}')
  })

  test('members are in order of their UTF-16 units, also those that JavaScript lists in an order of its own', () => {
    expect(canonicalJson({ 9: 1, 10: 2, '-': 3, b: [{ 2: 0, 10: 0 }] })).toBe(
      '{"-":3,"10":2,"9":1,"b":[{"10":0,"2":0}]}',
    )
    expect(canonicalJson(JSON.parse('{"a":1,"__proto__":{"c":1,"b":2}}'))).toBe('{"__proto__":{"b":2,"c":1},"a":1}')
    const key = fc.oneof(fc.string(), fc.nat().map(String), fc.constantFrom('__proto__', 'toJSON', 'constructor'))
    const value = fc.letrec<{ json: unknown }>(tie => ({
      json: fc.oneof(
        { depthSize: 'small' },
        fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
        fc.array(tie('json')),
        fc.dictionary(key, tie('json'), { maxKeys: 40 }),
      ),
    })).json
    const inPieces = (one: unknown): string => {
      if (Array.isArray(one)) return `[${one.map(inPieces).join(',')}]`
      if (typeof one !== 'object' || one === null) return JSON.stringify(one)
      const members = Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))
      return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${inPieces(member)}`).join(',')}}`
    }
    fc.assert(
      fc.property(value, one => {
        expect(canonicalJson(one)).toBe(inPieces(one))
      }),
    )
  })

  test('it parses back to the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), value => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

describe("Go's canonical JSON (spec §1.3)", () => {
  test('the golden patch document of the specification', () => {
    const template: Json = {
      spec: { containers: [{ resources: {}, name: 'c', image: 'nginx:1' }] },
      metadata: { labels: { b: '2', a: '<1>' } },
      $patch: 'replace',
    }
    expect(goCanonicalJson({ spec: { template } })).toBe(
      '{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"a":"\\u003c1\\u003e","b":"2"}},"spec":{"containers":[{"image":"nginx:1","name":"c","resources":{}}]}}}}',
    )
  })

  test('escapes what Go escapes for HTML, in keys and values', () => {
    expect(goCanonicalJson({ 'a&b': 'c<d>\u2028\u2029' })).toBe('{"a\\u0026b":"c\\u003cd\\u003e\\u2028\\u2029"}')
  })

  test('sorts keys by UTF-8 bytes, not by UTF-16 units', () => {
    // U+FFFD sorts before U+1F600 in UTF-8, after its first surrogate in UTF-16.
    expect(goCanonicalJson({ '\u{1F600}': 1, '\uFFFD': 2 })).toBe('{"\uFFFD":2,"\u{1F600}":1}')
  })
})
