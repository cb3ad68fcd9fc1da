import { expect, test } from 'vitest'
import { aCommand, aDecision } from '../testing/records.ts'
import { isShadow, type Modes } from './decision.ts'

/** Taken over at 30, and given back at 60. */
const handedOver: Modes = {
  mode: 'observe',
  modeRequests: [
    { position: 30, mode: 'control' },
    { position: 60, mode: 'observe' },
  ],
}
const at = (position: number) => aDecision({ position, commands: [] })

test('what was decided before a takeover, and after a hand-back, would have been done; in between it was', () => {
  expect([29, 30, 59, 60, 61].map(position => isShadow(at(position), handedOver))).toEqual([
    true,
    false,
    false,
    true,
    true,
  ])
})

test('where nobody has asked for a mode, it was always as it is', () => {
  expect(isShadow(at(29), { mode: 'observe', modeRequests: [] })).toBe(true)
  expect(isShadow(at(29), { mode: 'control', modeRequests: [] })).toBe(false)
  expect(isShadow(at(29), { mode: null, modeRequests: [] })).toBe(false)
  expect(isShadow(at(29), null)).toBe(false)
})

test('what has led to a command, or to nothing that would need one, was decided for good', () => {
  expect(isShadow(aDecision({ position: 29, commands: [aCommand()] }), handedOver)).toBe(false)
  expect(isShadow(aDecision({ position: 29, commands: [], action: 'keep' }), handedOver)).toBe(false)
})
