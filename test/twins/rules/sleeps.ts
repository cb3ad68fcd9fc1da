import type { Difference } from '../compare.ts'
import type { Picture } from '../picture.ts'
import type { Step } from '../step.ts'
import type { Context } from './rule.ts'

/** Why nothing wakes the built-in, though it has something to do. */
export type Sleep = {
  /** As of a rule. */
  readonly id: string
  readonly because: string
  /** Where it may show. */
  readonly shows: RegExp
  /** Rollcall, too, may have been woken by what it was poked with. */
  readonly isEither?: boolean
  mayBe(context: Context): boolean
}

const lastStep = ({ steps }: Context): Step | undefined => steps.findLast(step => step.do !== 'poke')

/**
 * Differences of a built-in that sleeps are not taken on trust: the DaemonSets are told once more, which wakes it. Then nothing may
 * differ, and Rollcall has to be as it was: it was right before.
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
    isEither: true,
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

/** What the poke has changed with Rollcall, which then had slept itself: all but the poke, and what Events say by and by. */
export function wokenBy({ before, pictures }: Context): readonly Difference[] {
  if (before === null) return []
  const was: Picture = before.rollcall
  const paths = [...new Set([...was.keys(), ...pictures.rollcall.keys()])].sort()
  return paths.flatMap(path => {
    const [then, now] = [was.get(path), pictures.rollcall.get(path)]
    if (then === now || path.startsWith('event/') || /^daemonset\/[^/]+\/metadata$/.test(path)) return []
    return [{ at: `${path}, before a poke and after it`, builtIn: pictures.builtIn.get(path), rollcall: then }]
  })
}
