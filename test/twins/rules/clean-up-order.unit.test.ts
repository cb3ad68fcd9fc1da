import { expect, test } from 'vitest'
import { contextOf, daemonSet, formOf, picture, pod, revision, title } from '../testing/pictures.ts'
import { cleanUpOrder } from './clean-up-order.ts'
import { updateOrder } from './update-order.ts'

const [one, two, three] = [formOf(1), formOf(2), formOf(3)]
const limited = (form = three, limit = 1) => daemonSet(form, { limit })
const rolledOut = [pod('n1', three), pod('n2', three), revision(three)]
/** Pods of two templates, each with its revision, and the third template is about to come. */
const before = picture(limited(two), pod('n1', one), pod('n2', two), revision(one), revision(two))
const [oneKept, twoKept] = [
  picture(limited(), ...rolledOut, revision(one)),
  picture(limited(), ...rolledOut, revision(two)),
]

function explained(
  builtIn = twoKept,
  rollcall = oneKept,
  was = { builtIn: before, rollcall: before },
  ...known: readonly string[]
) {
  const uneven = new Map([[title, new Set(known)]])
  const { differences, ...context } = contextOf(builtIn, rollcall, { before: was, uneven })
  expect(differences.length).toBeGreaterThan(0)
  return [cleanUpOrder.explains(differences, context).length, differences.length]
}

test('either of two revisions that lost their pods at once may be the one that is kept, on either side', () => {
  expect(explained(twoKept, oneKept)).toEqual([6, 6])
  expect(explained(oneKept, twoKept)).toEqual([6, 6])
})

test('what this rule has explained may go on to differ, and nothing else may', () => {
  const was = { builtIn: twoKept, rollcall: oneKept }
  expect(explained(twoKept, oneKept, was, cleanUpOrder.id)).toEqual([6, 6])
  expect(explained(twoKept, oneKept, was)[0]).toBe(0)
  expect(explained(twoKept, oneKept, was, updateOrder.id)[0]).toBe(0)
})

test('where a rollout stood still in another order, it is enough that the revision had pods on one side', () => {
  const without = picture(limited(two), pod('n1', two), pod('n2', one, { hash: '' }), revision(one), revision(two))
  expect(explained(twoKept, oneKept, { builtIn: before, rollcall: without }, updateOrder.id)).toEqual([6, 6])
  expect(explained(twoKept, oneKept, { builtIn: without, rollcall: without }, updateOrder.id)[0]).toBe(0)
})

test('a revision that had no pods on one of the sides is not explained', () => {
  const without = picture(limited(two), pod('n2', two), revision(one), revision(two))
  expect(explained(twoKept, oneKept, { builtIn: before, rollcall: without })[0]).toBe(0)
  expect(explained(twoKept, oneKept, { builtIn: without, rollcall: before })[0]).toBe(0)
})

test('a side that keeps more or fewer than the limit is not explained', () => {
  const both = picture(limited(), ...rolledOut, revision(one), revision(two))
  const none = picture(limited(), ...rolledOut)
  expect(explained(both, oneKept)[0]).toBe(0)
  expect(explained(none, oneKept)[0]).toBe(0)
  const loose = [
    picture(limited(three, 2), ...rolledOut, revision(two)),
    picture(limited(three, 2), ...rolledOut, revision(one)),
  ]
  expect(explained(...(loose as [typeof both, typeof both]))[0]).toBe(0)
})

test('nothing but these revisions is explained, and not that the present one is missing', () => {
  const [explainedNow, all] = explained(
    picture(limited(), ...rolledOut, revision(two), { 'daemonset/d1/generation': 4 }),
    oneKept,
  )
  expect([explainedNow, all]).toEqual([6, 7])
  const lacking = picture(limited(), pod('n1', three), pod('n2', three), revision(two))
  const { differences, ...context } = contextOf(lacking, oneKept, { before: { builtIn: before, rollcall: before } })
  const left = differences.filter(each => !cleanUpOrder.explains(differences, context).includes(each))
  expect(left.map(({ at }) => at)).toEqual(['revision/d1-h3/data', 'revision/d1-h3/labels', 'revision/d1-h3/owners'])
})

test('at the first step nothing is explained', () => {
  const { differences, ...context } = contextOf(twoKept, oneKept)
  expect(cleanUpOrder.explains(differences, context)).toEqual([])
})
