import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Watermark } from './watermark.ts'

/** Ascending offsets with gaps, and an order in which they complete. */
const history = fc
  .uniqueArray(fc.bigInt({ min: 0n, max: 5_000n }), { minLength: 1, maxLength: 200 })
  .map(offsets => offsets.sort((a, b) => (a < b ? -1 : 1)))
  .chain(offsets => fc.record({ offsets: fc.constant(offsets), order: fc.shuffledSubarray(offsets) }))

describe('the low watermark', () => {
  test('is never beyond a command that is not complete, in whatever order they complete', () => {
    fc.assert(
      fc.property(history, ({ offsets, order }) => {
        const watermark = new Watermark(0n)
        for (const offset of offsets) watermark.track(offset)
        const open = new Set(offsets)
        for (const offset of order) {
          watermark.complete(offset)
          open.delete(offset)
          for (const left of open) expect((watermark.next ?? 0n) <= left).toBe(true)
        }
        expect(watermark.open).toBe(open.size)
      }),
    )
  })

  test('reaches past the last command when all are complete', () => {
    fc.assert(
      fc.property(history, ({ offsets }) => {
        const watermark = new Watermark(null)
        expect(watermark.next).toBeNull()
        for (const offset of offsets) watermark.track(offset)
        for (const offset of [...offsets].reverse()) watermark.complete(offset)
        expect(watermark.next).toBe((offsets.at(-1) ?? 0n) + 1n)
      }),
    )
  })

  test('an offset that comes again is not tracked again', () => {
    const watermark = new Watermark(5n)
    expect(watermark.track(4n)).toBe(false)
    expect(watermark.track(5n)).toBe(true)
    expect(watermark.track(5n)).toBe(false)
    watermark.complete(5n)
    watermark.complete(5n)
    expect(watermark.next).toBe(6n)
  })

  test('stays linear over a hundred thousand commands', () => {
    const watermark = new Watermark(0n)
    for (let offset = 0n; offset < 100_000n; offset++) watermark.track(offset)
    for (let offset = 0n; offset < 100_000n; offset++) watermark.complete(offset)
    expect(watermark.next).toBe(100_000n)
  })
})
