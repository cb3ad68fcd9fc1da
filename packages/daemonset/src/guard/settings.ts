import type { GuardSettings } from '@rollcall/contracts'
import { groupOf, isActive } from '../pods.ts'
import type { ClusterState, DaemonSet, Slot } from '../state.ts'

/**
 * What the guard holds for this DaemonSet; null: nothing. In an observed cluster it holds nothing: others act there, and what
 * Rollcall would delete shall be seen.
 */
export function guardSettings(state: ClusterState, { policy }: DaemonSet): GuardSettings | null {
  const { guard, mode } = state
  if (guard === null || mode !== 'control' || policy.guard === 'off') return null
  return policy.guard === null ? guard : { ...guard, share: policy.guard }
}

/** What is running on a node that it should leave. Pods that have ended are nobody's loss. */
export const isLosing = ({ verdict, pods }: Slot): boolean => verdict === 'shouldNotRun' && groupOf(pods).some(isActive)

/** Whether the guard decides about the pods of this slot. A DaemonSet of few pods cannot lose many. */
export function isGuarded(state: ClusterState, daemonSet: DaemonSet, slot: Slot): boolean {
  if (!isLosing(slot)) return false
  const settings = guardSettings(state, daemonSet)
  return settings !== null && (ownedPods(state, daemonSet) > settings.podsMin || daemonSet.guard.losses.size > 0)
}

export const ownedPods = ({ podsByOwner }: ClusterState, { facts }: DaemonSet): number =>
  podsByOwner.get(facts.uid)?.size ?? 0
