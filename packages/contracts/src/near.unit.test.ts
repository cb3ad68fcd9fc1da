import { expect, test } from 'vitest'
import { nearNames } from './near.ts'

test('misspelt names are found, the nearest first', () => {
  expect(nearNames('fluntd', ['fluentd', 'fluent-bit', 'cilium'])).toEqual(['fluentd'])
  expect(nearNames('n17', ['n1', 'n71', 'n18', 'n7', 'other'])).toEqual(['n1', 'n18', 'n7'])
})

test('what begins with what was written is near, however long it is', () => {
  expect(nearNames('ip-10-0', ['ip-10-0-0-17.eu-west-1.compute.internal', 'x'])).toEqual([
    'ip-10-0-0-17.eu-west-1.compute.internal',
  ])
})

test('nothing is near what is wholly different', () => {
  expect(nearNames('database', ['fluentd', 'cilium'])).toEqual([])
})
