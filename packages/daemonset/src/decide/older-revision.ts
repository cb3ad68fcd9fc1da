import { hashOf, revisionsOf } from '../revisions.ts'
import { isOutside } from '../rollout-figures.ts'
import type { DaemonSet, Slot } from '../state.ts'
import type { Deciding } from './deciding.ts'
import { isAutoPaused } from './rollout-gate.ts'

/**
 * The revision that a pod which has to be made now is made from, where the present template shall not spread: the newest
 * older one that pods still have. null: the present one.
 */
export function olderRevisionFor(
  { state }: Deciding,
  daemonSet: DaemonSet,
  slot: Slot,
): { readonly name: string; readonly hash: string } | null {
  const { policy, podsByHash, facts } = daemonSet
  if (!policy.asksAnything || facts.updateStrategy.type !== 'RollingUpdate') return null
  const isHeld = policy.paused || policy.holdsRollout || isAutoPaused(daemonSet)
  const isSized = policy.canary !== null || policy.partition !== null
  if (!isHeld && !isOutside(state, daemonSet, slot.node) && !(isSized && slot.reach === null)) return null
  const older = revisionsOf(state, daemonSet).old.findLast(revision => podsByHash.has(hashOf(revision)))
  return older ? { name: older.facts.name, hash: hashOf(older) } : null
}
