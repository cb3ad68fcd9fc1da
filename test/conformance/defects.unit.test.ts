import { describe, expect, test } from 'vitest'
import { CoreWorld } from './core/world.ts'
import { type Defect, defects, doesNothing } from './defects.ts'
import { lackingIn } from './needs.ts'
import { play } from './play.ts'
import { isStory, type Story, titleOf } from './scenario.ts'
import { core } from './stages.ts'
import { suite } from './suite.ts'

// What the cases are worth: a controller with a defect must be caught.

const playable = suite
  .filter(isStory)
  .filter(one => lackingIn(core, one).length === 0)
  .sort((a, b) => a.steps.length - b.steps.length)

async function catches(one: Story, defect: Defect): Promise<boolean> {
  // What a story goes on from may be missing with such a controller, or it never ends: then it cannot be played on.
  const mismatches = await play(one, new CoreWorld('watch first', defect)).catch((error: Error) => [error])
  return mismatches.length > 0
}

async function whereNot(cases: readonly Story[], caught: (one: Story) => Promise<boolean>): Promise<string[]> {
  const agreed: string[] = []
  for (const one of cases) if (!(await caught(one))) agreed.push(titleOf(one))
  return agreed.sort()
}

/** Cases in which nothing is to happen. */
const still = [
  'C02 the owner is terminating, two orphans match: nothing is claimed',
  'C03 the owner is terminating, one pod is owned, one an orphan: the orphan is left alone',
  'U15 (OnDelete) a DaemonSet that is being deleted does nothing',
  'U15 (RollingUpdate) a DaemonSet that is being deleted does nothing',
  'U17 (OnDelete) a node that has our pod with the same host port',
  'U17 (RollingUpdate) a node that has our pod with the same host port',
  '§3.3c an unbound pod of a missing node that is being deleted already is not deleted again',
]

test('a controller that does nothing agrees only with those cases in which nothing is to happen', async () => {
  expect(await whereNot(playable, one => catches(one, doesNothing))).toEqual(still)
})

test('a case in which nothing is to happen catches a controller that does too much', async () => {
  const quiet = playable.filter(one => still.includes(titleOf(one)))
  const byAny = async (one: Story) => {
    for (const defect of defects.values()) if (await catches(one, defect)) return true
    return false
  }
  expect(await whereNot(quiet, byAny)).toEqual([])
})

describe('caught by a case is a controller that', () => {
  test.each([...defects])('%s', async (_says, defect) => {
    const first = await playable.reduce<Promise<Story | null>>(
      async (found, one) => (await found) ?? ((await catches(one, defect)) ? one : null),
      Promise.resolve(null),
    )
    expect(first?.id).toBeDefined()
  })
})
