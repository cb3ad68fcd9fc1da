import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

test('misspelt names are found, the nearest first', () => {
  expect(nearest('fluntd', ['fluentd', 'fluent-bit', 'cilium'])).toEqual(['fluentd'])
  expect(nearest('n17', ['n1', 'n71', 'n18', 'n7', 'other'])).toEqual(['n1', 'n18', 'n7'])
})

test('what begins with what was written is near, however long it is', () => {
  expect(nearest('ip-10-0', ['ip-10-0-0-17.eu-west-1.compute.internal', 'x'])).toEqual([
    'ip-10-0-0-17.eu-west-1.compute.internal',
  ])
})

test('nothing is near what is wholly different', () => {
  expect(nearest('database', ['fluentd', 'cilium'])).toEqual([])
})
