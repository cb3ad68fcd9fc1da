import { hashOf, revisionsOf } from '../revisions.ts'
import { isOutside } from '../rollout-figures.ts'
import type { DaemonSet, Slot } from '../state.ts'
import type { Deciding, OlderRevision } from './deciding.ts'
import { standingAutoPause } from './rollout-gate.ts'

/**
 * The revision that a pod which has to be made now is made from, where the present template shall not spread: the newest
 * older one that pods still have. null: the present one.
 */
export function olderRevisionFor(deciding: Deciding, daemonSet: DaemonSet, slot: Slot): OlderRevision | null {
  const { policy, facts } = daemonSet
  if (!policy.asksAnything || facts.updateStrategy.type !== 'RollingUpdate') return null
  const isHeld = policy.paused || policy.holdsRollout || standingAutoPause(daemonSet, daemonSet.rollout) !== null
  const isSized = policy.canary !== null || policy.partition !== null
  if (!isHeld && !isOutside(deciding.state, daemonSet, slot.node) && !(isSized && slot.reach === null)) return null
  return newestOlder(deciding, daemonSet)
}

/** The same for all pods that one decision point makes: looked for once. */
function newestOlder({ state, older: known }: Deciding, daemonSet: DaemonSet): OlderRevision | null {
  const { uid } = daemonSet.facts
  const before = known.get(uid)
  if (before !== undefined) return before
  const revision = revisionsOf(state, daemonSet).old.findLast(each => daemonSet.podsByHash.has(hashOf(each)))
  const older = revision ? { name: revision.facts.name, hash: hashOf(revision) } : null
  known.set(uid, older)
  return older
}
