import { controllerOf } from './manifest.ts'
import { type Aged, foreignUid } from './objects.ts'
import type { Step, Story } from './scenario.ts'
import type { Need, World } from './world.ts'

/** More than this is long where time is that of the machine. */
const secondsMax = 20

/** What a story takes of its world. */
export function needsOf({ steps, needs = [] }: Story): ReadonlySet<Need> {
  const seconds = steps.reduce((sum, step) => sum + (step.do === 'pass' ? step.seconds : 0), 0)
  return new Set([...needs, ...steps.flatMap(needsOfStep), ...(seconds > secondsMax ? (['long time'] as const) : [])])
}

/** Of what a story needs, what a world does not offer. */
export const lackingIn = ({ offers }: Pick<World, 'offers'>, story: Story): Need[] =>
  [...needsOf(story)].filter(need => !offers.has(need))

function needsOfStep(step: Step): Need[] {
  switch (step.do) {
    case 'put':
      return step.objects.flatMap(needsOfObject)
    case 'pass':
      return Number.isInteger(step.seconds) ? [] : ['exact time']
    case 'refuse':
      return step.refusal.isLost ? ['requests'] : ['refusals']
    case 'late':
      return ['a late watch']
    default:
      return []
  }
}

function needsOfObject(object: Aged): Need[] {
  const owner = controllerOf(object)
  const needs: Need[] = []
  if ((object.ageSeconds ?? 0) > 0) needs.push('ages')
  if (owner?.uid === foreignUid && owner.name === 'ds') needs.push('owners that never were')
  return needs
}
