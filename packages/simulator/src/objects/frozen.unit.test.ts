import { expect, test } from 'vitest'
import { isEqual } from './frozen.ts'

test('an undefined field is no field; any other makes a difference', () => {
  expect(isEqual({ a: 1, b: undefined }, { a: 1 })).toBe(true)
  expect(isEqual({ a: 1 }, { a: 1, b: undefined })).toBe(true)
  expect(isEqual({ a: 1, b: null }, { a: 1 })).toBe(false)
  expect(isEqual({ a: 1 }, { a: 1, b: null })).toBe(false)
  expect(isEqual({ a: 1 }, { b: 1 })).toBe(false)
  expect(isEqual({ 0: 1 }, [1])).toBe(false)
})

test('deep objects are compared in one pass', () => {
  let looks = 0
  const nested = (levels: number): object => ({
    get inner() {
      looks += 1
      return levels === 0 ? 'end' : nested(levels - 1)
    },
  })
  expect(isEqual(nested(15), nested(15))).toBe(true)
  // Not 2^15.
  expect(looks).toBeLessThan(500)
})
