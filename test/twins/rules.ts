import type { Difference } from './compare.ts'
import type { Picture } from './picture.ts'
import type { Settled } from './settle.ts'
import type { Step } from './step.ts'

/** What a rule may look at. */
export type Context = {
  readonly story: string
  /** All steps so far, the last one included. */
  readonly steps: readonly Step[]
  readonly pictures: Settled['pictures']
  /** Events that were told of a DaemonSet, by its title: the larger number of both sides. */
  readonly eventCounts: ReadonlyMap<string, number>
}

/** A difference that is known and meant, or a race of the reference with itself. */
export type Rule = {
  /** Anchor in docs/differences.md, or `race-…` when the same story may end so or so with the built-in alone. */
  readonly id: string
  readonly because: string
  /** The differences it explains, of those that are given. */
  explains(differences: readonly Difference[], context: Context): readonly Difference[]
}

export const rules: readonly Rule[] = [
  {
    id: 'update-order',
    because: 'a rollout that stands still has replaced some pods: as many on both sides, but not on the same nodes',
    explains: (differences, { story, pictures, steps }) => {
      if (!steps.some(step => step.do === 'change' && step.form.isTooBig)) return []
      const pods = differences.filter(({ at }) => at.startsWith('pod/'))
      const owners = new Set(pods.map(({ at }) => at.split('/')[2] ?? ''))
      const even = [...owners].filter(
        owner =>
          owner !== 'nobody' && podsOf(pictures.builtIn, owner, story) === podsOf(pictures.rollcall, owner, story),
      )
      return pods.filter(({ at }) => even.includes(at.split('/')[2] ?? ''))
    },
  },
  {
    id: 'race-taint-eviction',
    because:
      'a NoExecute taint: the controller and the taint eviction delete the same pod, and who is second says nothing',
    explains: (differences, { steps }) => {
      const hasTainted = steps.some(
        step => (step.do === 'taint' || step.do === 'join') && step.taints.some(({ effect }) => effect === 'NoExecute'),
      )
      return hasTainted ? differences.filter(({ at }) => /^event\/.*\/Normal SuccessfulDelete$/.test(at)) : []
    },
  },
  {
    id: 'race-event-burst',
    because: 'of one object 25 events are written, then one in 5 minutes: what comes last is a matter of pace',
    explains: (differences, { eventCounts }) =>
      differences.filter(({ at }) => at.startsWith('event/') && (eventCounts.get(at.split('/')[1] ?? '') ?? 0) >= 24),
  },
]

/** All pods of an owner, whatever node they are on. */
function podsOf(picture: Picture, owner: string, story: string): string {
  const forms = [...picture].flatMap(([at, form]) =>
    at.startsWith('pod/') && at.split('/')[2] === owner ? [form] : [],
  )
  return forms
    .map(form => form.replace(new RegExp(`${story}-n\\d+`, 'g'), '<node>'))
    .sort()
    .join('\n')
}

/**
 * Differences that go when the built-in looks again: nothing had woken it (docs/differences.md). Null: none of this step's.
 * They are shown to be that by waking it.
 */
export function sleepOf(step: Step, differences: readonly Difference[]): 'node-deleted' | 'counts' | null {
  if (differences.some(({ at }) => !/^(daemonset\/[^/]+\/status|pod|event)\//.test(at))) return null
  switch (step.do) {
    case 'leave':
      return 'node-deleted'
    case 'label':
    case 'taint':
    case 'cordon':
      return 'counts'
    default:
      return null
  }
}
