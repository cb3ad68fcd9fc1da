import { hashOf } from '../revisions.ts'
import { isOutside } from '../rollout-figures.ts'
import type { DaemonSet, Slot } from '../state.ts'
import type { Deciding } from './deciding.ts'
import { standingAutoPause } from './rollout-gate.ts'

/** `because`: the rule by which the present template shall not spread here. */
export type OlderRevision = { readonly name: string; readonly hash: string; readonly because: string }

/**
 * The revision that a pod which has to be made now is made from, where the present template shall not spread: the newest
 * older one that pods still have. null: the present one.
 */
export function olderRevisionFor(deciding: Deciding, daemonSet: DaemonSet, slot: Slot): OlderRevision | null {
  const because = whyOlder(deciding, daemonSet, slot)
  if (because === null) return null
  const revision = deciding.revisions.old.findLast(each => daemonSet.podsByHash.has(hashOf(each)))
  return revision ? { name: revision.facts.name, hash: hashOf(revision), because } : null
}

function whyOlder({ state }: Deciding, daemonSet: DaemonSet, slot: Slot): string | null {
  const { policy, facts } = daemonSet
  if (!policy.asksAnything || facts.updateStrategy.type !== 'RollingUpdate') return null
  if (policy.paused) return 'rollout-paused'
  if (policy.holdsRollout) return 'rollout-annotation-unreadable'
  if (standingAutoPause(daemonSet, daemonSet.rollout) !== null) return 'rollout-paused-itself'
  if (isOutside(state, daemonSet, slot.node)) return 'rollout-canary-nodes'
  const isSized = policy.canary !== null || policy.partition !== null
  return isSized && slot.reach === null ? 'rollout-canary-size' : null
}
