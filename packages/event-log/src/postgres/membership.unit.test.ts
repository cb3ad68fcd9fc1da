import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shareOf } from './membership.ts'

const sharesOf = (members: number, partitions: number) =>
  Array.from({ length: members }, (_, place) => shareOf(place, members, partitions))

test('the shares are all partitions, and differ by one at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 200 }), (members, partitions) => {
      const shares = sharesOf(members, partitions)
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(partitions)
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1)
    }),
  )
})

test('whoever is not a member has no share', () => {
  expect(shareOf(-1, 3, 12)).toBe(0)
  expect(shareOf(-1, 0, 12)).toBe(0)
})
