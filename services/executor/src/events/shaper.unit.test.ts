import { expect, test } from 'vitest'
import type { Notice } from '../apply/tools.ts'
import { daemonSet } from '../testing/make.ts'
import { EventShaper } from './shaper.ts'

const notice = (message: string, more: Partial<Notice> = {}): Notice => ({
  daemonSet,
  type: 'Normal',
  reason: 'SuccessfulCreate',
  message,
  commandId: message,
  ...more,
})

test('the same Event again raises the count of the first', () => {
  const shaper = new EventShaper()
  const first = shaper.shape(notice('Created pod: a'), 1_000)
  const again = shaper.shape(notice('Created pod: a', { commandId: 'other' }), 5_000)
  expect(first).toMatchObject({ count: 1, firstAt: 1_000, lastAt: 1_000 })
  expect(again).toMatchObject({ name: first?.name, count: 2, firstAt: 1_000, lastAt: 5_000 })
})

test('from the tenth similar one on they are combined into one', () => {
  const shaper = new EventShaper()
  const shaped = Array.from({ length: 12 }, (_, index) => shaper.shape(notice(`Created pod: ${index}`), index))
  expect(shaped[8]?.message).toBe('Created pod: 8')
  expect(shaped[9]).toMatchObject({ message: '(combined from similar events): Created pod: 9', count: 1 })
  expect(shaped[11]).toMatchObject({
    message: '(combined from similar events): Created pod: 11',
    count: 3,
    name: shaped[9]?.name,
  })
})

test('similar ones more than ten minutes apart are not combined', () => {
  const shaper = new EventShaper()
  for (let index = 0; index < 9; index++) shaper.shape(notice(`Created pod: ${index}`), 0)
  expect(shaper.shape(notice('Created pod: late'), 600_001)?.message).toBe('Created pod: late')
})

test('a DaemonSet has 25 at once, then one per five minutes', () => {
  const shaper = new EventShaper()
  const written = (count: number, at: number) =>
    Array.from({ length: count }, (_, index) => shaper.shape(notice(`m${at}/${index}`), at)).filter(Boolean).length
  expect(written(100, 0)).toBe(25)
  expect(written(10, 299_000)).toBe(0)
  expect(written(10, 300_000)).toBe(1)
})

test('one DaemonSet does not use up the budget of another', () => {
  const shaper = new EventShaper()
  for (let index = 0; index < 30; index++) shaper.shape(notice(`m${index}`), 0)
  expect(shaper.shape(notice('m'), 0)).toBeNull()
  expect(shaper.shape(notice('m', { daemonSet: { ...daemonSet, uid: 'other' } }), 0)).not.toBeNull()
})

test('telling the same about the same command makes the same name, as after a crash', () => {
  const name = (shaper: EventShaper) => shaper.shape(notice('Created pod: a'), 0)?.name
  expect(name(new EventShaper())).toBe(name(new EventShaper()))
})

test('what somebody has to act on is told, however many pods were created before', () => {
  const shaper = new EventShaper()
  for (let index = 0; index < 200; index++) shaper.shape(notice(`Created pod: ${index}`), 0)
  expect(shaper.shape(notice('held', { type: 'Warning', reason: 'DeletionsHeld' }), 0)).not.toBeNull()
})
