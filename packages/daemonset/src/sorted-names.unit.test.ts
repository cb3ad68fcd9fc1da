import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SortedNames } from './sorted-names.ts'

test('holds what a set holds, in order', () => {
  const change = fc.record({ name: fc.constantFrom('a', 'aa', 'b', 'n1', 'n10', 'n2', ''), isAdded: fc.boolean() })
  fc.assert(
    fc.property(fc.array(change, { size: 'max', maxLength: 40 }), changes => {
      const names = new SortedNames()
      const set = new Set<string>()
      for (const { name, isAdded } of changes) {
        if (isAdded) {
          names.add(name)
          set.add(name)
        } else {
          names.delete(name)
          set.delete(name)
        }
        expect(names.has(name)).toBe(isAdded)
      }
      expect([...names]).toEqual([...set].sort())
      expect(names.size).toBe(set.size)
    }),
  )
})
