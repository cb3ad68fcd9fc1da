import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stories } from '../../../daemonset/src/testing/stories.ts'
import { stateAt } from '../fold.ts'
import { type LedgerSource, ReplayError } from '../index.ts'
import { life, recordOf, sourceOf } from '../testing/records.ts'
import { type Change, compareHistories, whatIf } from './index.ts'

const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constant('label' as const),
    node: fc.constantFrom('n0', 'n1', 'n2'),
    label: fc.constant('ssd'),
    value: fc.constantFrom('true', 'false', null),
  }),
  fc.record({
    kind: fc.constant('taint' as const),
    node: fc.constantFrom('n0', 'n1', 'n2'),
    taint: fc.record({
      key: fc.constant('k'),
      value: fc.constant(''),
      effect: fc.constantFrom('NoSchedule', 'NoExecute'),
    }),
    isRemoved: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('dropEvent' as const), position: fc.integer({ min: 1, max: 120 }) }),
)

/** What comes of it; null: it cannot be asked (a node that was not there, an event that is an answer, too early). */
async function asked(source: LedgerSource, position: number, wished: readonly Change[]) {
  try {
    return await whatIf(source, { from: { position }, changes: wished })
  } catch (error) {
    if (error instanceof ReplayError && error.code === 'bad-change') return null
    throw error
  }
}

describe('a what-if of any story, from any position, with any changes', () => {
  test('comes to an end, and is the same every time', async () => {
    let answered = 0
    await fc.assert(
      fc.asyncProperty(stories, fc.nat(), fc.array(changes, { maxLength: 3 }), async (steps, number, wished) => {
        const source = sourceOf(recordOf(life(steps)))
        const position = 10 + (number % Math.max(1, (source.lastPosition ?? 0) - 10))
        const told = await asked(source, position, wished)
        if (told === null) return
        answered++
        expect(await asked(source, position, wished)).toEqual(told)
        for (const gaps of told.alternative.gaps.values()) {
          for (const { from, to } of gaps) expect(from).toBeLessThan(to)
        }
        const comparison = compareHistories(told)
        expect(comparison.alternative.created).toBe(
          told.alternative.acts.filter(({ type }) => type === 'create').length,
        )
        expect(comparison.fidelity.same).toBeLessThanOrEqual(comparison.fidelity.slots)
      }),
      { numRuns: 80 },
    )
    expect(answered).toBeGreaterThan(5)
  })

  test('with nothing changed at the end of a record that has come to rest does nothing', async () => {
    await fc.assert(
      fc.asyncProperty(stories, async steps => {
        const source = sourceOf(recordOf(life(steps)))
        const end = source.lastPosition ?? 0
        const told = await asked(source, end, [])
        expect(told?.alternative.acts).toEqual([])
        const state = await stateAt(source, { position: end })
        expect(told?.alternative.pods.size).toBe(
          [...state.pods.values()].filter(
            ({ facts, node }) => facts.owner !== null && node !== null && !facts.deletedAt,
          ).length,
        )
      }),
      { numRuns: 40 },
    )
  })
})
