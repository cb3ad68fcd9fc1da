import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wordsForRecord } from './server-words.ts'

const field = 'Pod "agent-x" is invalid: spec.containers[0].env[0].value'

test.each([
  [`${field}: Invalid value: "hunter2": must be short`, `${field}: Invalid value: (left out): must be short`],
  [`${field}: Invalid value: "a\\"b: c": no`, `${field}: Invalid value: (left out): no`],
  [
    `${field}: Invalid value: {"key":"hunter2"}: field is immutable`,
    `${field}: Invalid value: (left out): field is immutable`,
  ],
  [`${field}: Invalid value: core.EnvVar{Name:"A", Value:"hunter2"}: no`, `${field}: Invalid value: (left out): no`],
  [`${field}: Invalid value: map[string]string{"a":"hunter2"}: no`, `${field}: Invalid value: (left out): no`],
  [
    'x: Unsupported value: "hunter2": supported values: "Always", "Never"',
    'x: Unsupported value: (left out): supported values: "Always", "Never"',
  ],
  ['x: Duplicate value: "hunter2"', 'x: Duplicate value: (left out)'],
  [
    '[a: Invalid value: "one": no, b: Invalid value: "two": no]',
    '[a: Invalid value: (left out): no, b: Invalid value: (left out): no]',
  ],
])('%s', (said, recorded) => {
  expect(wordsForRecord(said)).toBe(recorded)
})

test('names, numbers and what a webhook says stay', () => {
  for (const said of [
    'pods "agent-x" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=5, limited: pods=5',
    'DaemonSet.apps "agent" is invalid: spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
    'admission webhook "policy.example.com" denied the request: image must come from registry.example.com',
  ]) {
    expect(wordsForRecord(said)).toBe(said)
  }
})

test('whatever string is quoted, it is not on record', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8 }), value => {
      const recorded = wordsForRecord(`${field}: Invalid value: ${JSON.stringify(value)}: must be otherwise`)
      expect(recorded).toBe(`${field}: Invalid value: (left out): must be otherwise`)
    }),
  )
})

test('it has an end', () => {
  expect(wordsForRecord('no '.repeat(2_000))).toHaveLength(2_000)
})
