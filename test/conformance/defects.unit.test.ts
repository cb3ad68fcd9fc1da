import type { Command } from '@rollcall/contracts'
import { commandTypeSchema } from '@rollcall/contracts'
import { expect, test } from 'vitest'
import { CoreWorld } from './core/world.ts'
import { lackingIn } from './needs.ts'
import { play } from './play.ts'
import { isStory, titleOf } from './scenario.ts'
import { core } from './stages.ts'
import { suite } from './suite.ts'

// What the cases are worth: a controller with a defect must be caught.

const playable = suite.filter(isStory).filter(one => lackingIn(core, one).length === 0)

/** The cases that a controller agrees with which issues only such commands. */
async function agreedBy(does: (command: Command) => boolean): Promise<string[]> {
  const agreed: string[] = []
  for (const one of playable) {
    // What a story goes on from may be missing with such a controller: then it cannot be played on.
    const mismatches = await play(one, new CoreWorld('watch first', does)).catch((error: Error) => [error])
    if (mismatches.length === 0) agreed.push(titleOf(one))
  }
  return agreed
}

test('a controller that does nothing agrees only with those cases in which nothing is to happen', async () => {
  expect(await agreedBy(() => false)).toEqual([
    'U15 (OnDelete) a DaemonSet that is being deleted does nothing',
    'U15 (RollingUpdate) a DaemonSet that is being deleted does nothing',
    'U17 (OnDelete) a node that has our pod with the same host port',
    'U17 (RollingUpdate) a node that has our pod with the same host port',
    'C02 the owner is terminating, two orphans match: nothing is claimed',
    'C03 the owner is terminating, one pod is owned, one an orphan: the orphan is left alone',
    '§3.3c an unbound pod of a missing node that is being deleted already is not deleted again',
  ])
})

/** What only annotations ask for: the simulator's stories hold it. */
const onRequest: readonly string[] = ['EvictPod', 'RollBack', 'UntaintNode']

test.each(commandTypeSchema.options.filter(type => !onRequest.includes(type)))(
  'a controller that never issues %s is caught',
  async type => {
    const agreed = await agreedBy(command => command.type !== type)
    expect(agreed.length).toBeLessThan(playable.length)
  },
)
