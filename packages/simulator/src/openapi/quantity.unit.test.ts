import { expect, test } from 'vitest'
import { canonicalQuantity, QuantityError } from './quantity.ts'

// What kube-apiserver 1.37.2 makes of each.
test.each([
  ['0', '0'],
  ['0.000', '0'],
  ['100m', '100m'],
  ['0.1', '100m'],
  ['0.5', '500m'],
  ['1.5', '1500m'],
  ['1000m', '1'],
  ['1500', '1500'],
  ['1000', '1k'],
  ['1024', '1024'],
  ['1024Mi', '1Gi'],
  ['1.5Gi', '1536Mi'],
  ['64Mi', '64Mi'],
  ['1Ki', '1Ki'],
  ['0.5Ki', '512'],
  ['1e3', '1e3'],
  ['+5', '5'],
  ['-5', '-5'],
  ['5.', '5'],
  ['.5', '500m'],
  ['1M', '1M'],
  ['1000k', '1M'],
  ['1n', '1n'],
  ['0.1n', '1n'],
])('%s is written as %s', (given, written) => {
  expect(canonicalQuantity(given)).toBe(written)
})

test.each(['', 'much', '1 Gi', '1gi', '1KI', '1.2.3', 'Mi', '--1', '1e', '0x10'])('%s is no quantity', given => {
  expect(() => canonicalQuantity(given)).toThrow(/^quantities must match the regular expression/)
})

test.each(['1e30', '1e-30', '9'.repeat(100), `0.${'3'.repeat(99)}Ei`])('%s is still one', given => {
  expect(canonicalQuantity(given)).not.toBe('')
})

test.each([
  '1e999999999',
  '1E-999999999',
  '1e31',
  '9'.repeat(101),
  `.${'1'.repeat(3_000_000)}`,
  `1e${'9'.repeat(400)}`,
])('what would take for ever to compute is refused (%#)', given => {
  expect(() => canonicalQuantity(given)).toThrow(QuantityError)
  expect(() => canonicalQuantity(given)).toThrow(/^unable to parse /)
})
