import { controllerOf } from './manifest.ts'
import { type Aged, foreignUid, revisionOf } from './objects.ts'
import type { Step, Story } from './scenario.ts'
import type { Need, World } from './world.ts'

/** More than this is long where time is that of the machine. */
const secondsMax = 20

/** What a story takes of its world. */
export function needsOf({ steps, needs = [], differs }: Story): ReadonlySet<Need> {
  const seconds = steps.reduce((sum, step) => sum + (step.do === 'pass' ? step.seconds : 0), 0)
  // What is refused is tried again as time passes: how often, can be told of a moment only.
  const refuses = steps.some(step => step.do === 'refuse' && step.refusal.what === 'create Pod')
  const counts = steps.some(step => step.do === 'settles' && step.expected.pods !== undefined)
  const tries: readonly Need[] = refuses && counts ? ['quick looks'] : []
  const ours: readonly Need[] = differs === undefined ? [] : ['rollcall']
  return new Set([
    ...needs,
    ...ours,
    ...tries,
    ...steps.flatMap(needsOfStep),
    ...(seconds > secondsMax ? (['long time'] as const) : []),
  ])
}

/** Of what a story needs, what a world does not offer. */
export const lackingIn = ({ offers }: Pick<World, 'offers'>, story: Story): Need[] =>
  [...needsOf(story)].filter(need => !offers.has(need))

function needsOfStep(step: Step): Need[] {
  switch (step.do) {
    case 'put':
      return [...step.objects.flatMap(needsOfObject), ...momentOf(step.objects)]
    case 'settles':
      return step.expected.statusWrites === undefined ? [] : ['status writes']
    case 'pass':
      return Number.isInteger(step.seconds) ? [] : ['exact time']
    case 'refuse':
      return step.refusal.isLost ? ['requests'] : ['refusals']
    case 'late':
      return ['a late watch']
    case 'takeOver':
      return ['takeover']
    default:
      return []
  }
}

/**
 * A controller that looks on makes a revision of its own before those that are given with the DaemonSet are there, and
 * deletes unbound pods whose nodes are still to come.
 */
function momentOf(objects: readonly Aged[]): Need[] {
  const kinds = objects.map(({ kind }) => kind)
  const isUnbound = objects.some(({ kind, spec = {} }) => kind === 'Pod' && spec.nodeName === undefined)
  return kinds.includes('DaemonSet') && (kinds.includes('ControllerRevision') || isUnbound) ? ['one moment'] : []
}

function needsOfObject(object: Aged): Need[] {
  const owner = controllerOf(object)
  const needs: Need[] = []
  if ((object.ageSeconds ?? 0) > 0) needs.push('ages')
  if (revisionOf.read(object.metadata.name) !== null) needs.push('rollcall')
  if (owner?.uid === foreignUid && owner.name === 'ds') needs.push('owners that never were')
  return needs
}
