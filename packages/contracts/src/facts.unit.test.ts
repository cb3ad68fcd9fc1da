import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareResourceVersions } from './facts.ts'

test('resourceVersions compare as integers of any size', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 80n }), fc.bigInt({ min: 0n, max: 2n ** 80n }), (a, b) => {
      expect(Math.sign(compareResourceVersions(String(a), String(b)))).toBe(a < b ? -1 : a > b ? 1 : 0)
    }),
  )
})

test('a resourceVersion that is no number compares as equal, so it never blocks', () => {
  for (const odd of ['', 'abc', '-1', '01', '1.5']) expect(compareResourceVersions(odd, '5')).toBe(0)
})
