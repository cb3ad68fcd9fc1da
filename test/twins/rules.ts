import type { Difference } from './compare.ts'
import { formAnnotation } from './manifest.ts'
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
  /** What is told of a pod may differ from now on, until all pods of the DaemonSet were replaced. */
  readonly leavesUneven?: boolean
  /** The differences it explains, of those that are given. */
  explains(differences: readonly Difference[], context: Context): readonly Difference[]
}

export const rules: readonly Rule[] = [
  {
    id: 'update-order',
    leavesUneven: true,
    because: 'a rollout that stands still has replaced some pods: as many on both sides, but not on the same nodes',
    explains: (differences, { pictures, steps }) => {
      const stuckAt = steps.findLastIndex(step => step.do === 'change' && step.form.isTooBig)
      // Until all pods were made anew, which the story sees to at once.
      if (stuckAt < 0 || !steps.slice(stuckAt).every(step => levelling.has(step.do))) return []
      const pods = differences.filter(({ at }) => at.startsWith('pod/'))
      const owners = new Set(pods.map(({ at }) => at.split('/')[2] ?? ''))
      const even = [...owners].filter(
        owner => owner !== 'nobody' && podsOf(pictures.builtIn, owner) === podsOf(pictures.rollcall, owner),
      )
      return pods.filter(({ at }) => even.includes(at.split('/')[2] ?? ''))
    },
  },
  {
    id: 'duplicate-revisions',
    leavesUneven: true,
    because:
      'the built-in labels pods of older templates as current when it merges duplicates, and never replaces them',
    explains: (differences, { pictures, steps }) => {
      if (!steps.some(step => step.do === 'copyRevision')) return []
      const pods = differences.filter(
        ({ at, builtIn, rollcall }) =>
          at.startsWith('pod/') && (isOnlyLabelled(builtIn, rollcall) || isMislabelled(pictures.builtIn, at, builtIn)),
      )
      const owners = new Set(pods.map(({ at }) => at.split('/')[2]))
      const names = new Set([...owners].map(owner => owner?.split(' ')[0]))
      const told = differences.filter(
        ({ at }) =>
          (/^event\/.*\/Normal Successful(Create|Delete)$/.test(at) && owners.has(at.split('/')[1])) ||
          (/\/status\/(updatedNumberScheduled|number(Ready|Available|Unavailable))$/.test(at) &&
            names.has(at.split('/')[1])),
      )
      // What the wrong label no longer keeps is cleaned up.
      const kept = pods.map(({ at, rollcall }) => `revision/${at.split('/')[2]?.split(' ')[0]}-${hashIn(rollcall)}/`)
      const lost = differences.filter(
        ({ at, builtIn }) => builtIn === undefined && kept.some(path => at.startsWith(path)),
      )
      return [...pods, ...told, ...lost]
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

/** The templates of an owner's pods, whatever nodes they are on: which old ones are left is part of the order. */
function podsOf(picture: Picture, owner: string): string {
  const forms = [...picture].flatMap(([at, pod]) => (at.startsWith('pod/') && at.split('/')[2] === owner ? [pod] : []))
  return forms
    .map(pod => (JSON.parse(pod) as { annotations: Record<string, string> }).annotations[formAnnotation] ?? '')
    .sort()
    .join('\n')
}

/** What happens while pods are uneven. */
const levelling: ReadonlySet<Step['do']> = new Set(['change', 'undo', 'strategy', 'collect', 'poke'])

const hashIn = (pod: string | undefined): string => /"controller-revision-hash":"([^"]*)"/.exec(pod ?? '')?.[1] ?? ''

/** The same pod, but for the hash it is labelled with. */
function isOnlyLabelled(theirs: string | undefined, ours: string | undefined): boolean {
  const others = (pod: string | undefined) => pod?.replace(/"controller-revision-hash":"[^"]*",?/, '')
  return theirs !== undefined && others(theirs) === others(ours)
}

/** The pod has the template of another time than its DaemonSet, though a duplicate of the present revision was merged. */
function isMislabelled(picture: Picture, at: string, pod: string | undefined): boolean {
  const daemonSet = at.split('/')[2]?.split(' ')[0]
  const spec = picture.get(`daemonset/${daemonSet}/spec`)
  if (spec === undefined || pod === undefined) return false
  const { template } = JSON.parse(spec) as { template: { metadata: { annotations: Record<string, string> } } }
  const { annotations } = JSON.parse(pod) as { annotations: Record<string, string> }
  return annotations[formAnnotation] !== template.metadata.annotations[formAnnotation]
}

/** Why nothing wakes the built-in, though it has something to do. */
export type Sleep = {
  /** As of a rule. */
  readonly id: string
  readonly because: string
  /** Where it may show. */
  readonly shows: RegExp
  mayBe(context: Context): boolean
}

const lastStep = ({ steps }: Context): Step | undefined => steps.findLast(step => step.do !== 'poke')

/**
 * Differences of a built-in that sleeps are not taken on trust: the DaemonSets are told once more, which wakes it, and then
 * nothing may differ.
 */
export const sleeps: readonly Sleep[] = [
  {
    id: 'node-deleted',
    because: 'that a node is gone wakes nobody',
    shows: /^(daemonset\/[^/]+\/status|pod|event)\//,
    mayBe: context => lastStep(context)?.do === 'leave',
  },
  {
    id: 'counts',
    because: 'labels and taints that only change counts, or where an unbound pod may go, wake nobody',
    shows: /^(daemonset\/[^/]+\/status|pod|event)\//,
    mayBe: context => ['label', 'taint', 'cordon'].includes(lastStep(context)?.do ?? ''),
  },
  {
    id: 'duplicate-wake',
    because:
      'an owned revision that appears wakes nobody; whatever wakes one side first has the duplicate merged there first',
    shows: /^(daemonset\/[^/]+\/status|pod|event|revision)\//,
    mayBe: ({ steps }) => steps.some(step => step.do === 'copyRevision' && step.isOwned),
  },
  {
    id: 'min-ready-wake',
    because:
      'the wake-up after minReadySeconds is lost when an earlier one waits in the queue: the rollout stands still until something else happens',
    shows: /^(daemonset\/[^/]+\/status|pod|event|revision)\//,
    mayBe: ({ pictures }) =>
      [...pictures.builtIn].some(
        ([at, spec]) => /^daemonset\/[^/]+\/spec$/.test(at) && /"minReadySeconds":[1-9]/.test(spec),
      ),
  },
]

export function sleepOf(differences: readonly Difference[], context: Context): Sleep | null {
  return sleeps.find(sleep => differences.every(({ at }) => sleep.shows.test(at)) && sleep.mayBe(context)) ?? null
}
