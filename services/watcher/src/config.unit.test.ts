import { expect, test } from 'vitest'
import { configSchema } from './config.ts'

test.each([
  ['4m', true],
  ['1d', true],
  ['30d', false],
  ['0s', false],
])('a silence of %s: taken %s, because timers cannot wait longer than 24.8 days', (value, isTaken) => {
  expect(configSchema.shape.silenceMs.safeParse(value).success).toBe(isTaken)
})
