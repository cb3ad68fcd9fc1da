import type { Reason } from '@rollcall/contracts'
import { leastRefusedFirst } from '../evictions.ts'
import { createKey, isHeldBack } from '../flights.ts'
import { isGuarded } from '../guard/settings.ts'
import { groupOf, isLive, isUpdated } from '../pods.ts'
import type { Revisions } from '../revisions.ts'
import { nodeOfRank } from '../rollout-figures.ts'
import type { Rollout } from '../rollout-state.ts'
import type { SortedNames } from '../sorted-names.ts'
import type { DaemonSet, Slot } from '../state.ts'
import { decideAutoPause } from './auto-pause.ts'
import { budgetOf } from './budget.ts'
import { waitsForTurn } from './creation-holds.ts'
import type { Deciding } from './deciding.ts'
import { isPending, reason, record } from './deciding.ts'
import { waitsForEviction } from './eviction-holds.ts'
import { decideOnDelete } from './on-delete.ts'
import { backsOff, createPod, deletePods } from './placement.ts'
import { RolloutGate } from './rollout-gate.ts'

/** Replaces pods of older templates, by node name (spec §4.3; the reference leaves the order open, §4.9). */
export function decideRollout(deciding: Deciding, daemonSet: DaemonSet, revisions: Revisions): Rollout {
  const { updateStrategy } = daemonSet.facts
  if (updateStrategy.type !== 'RollingUpdate') return decideOnDelete(deciding, daemonSet)
  const budget = budgetOf(daemonSet)
  if (budget === null) {
    const why = reason('rollout-budget-unreadable', '§4.2', { ...updateStrategy })
    record(deciding, daemonSet, null, { verdict: null, action: 'wait', reason: why })
    return daemonSet.rollout
  }
  const gate = new RolloutGate(deciding, daemonSet, decideAutoPause(deciding, daemonSet, revisions))
  if (budget.maxSurge > 0) decideSurge(deciding, daemonSet, budget.maxSurge, gate)
  else decideReplacements(deciding, daemonSet, budget.maxUnavailable, gate)
  return gate.close()
}

/** Without surge: what is not available goes at once, of what is available as many as the budget leaves (spec §4.3). */
function decideReplacements(deciding: Deciding, daemonSet: DaemonSet, maxUnavailable: number, gate: RolloutGate): void {
  const { oldAvailable, oldUnavailable, totals } = daemonSet
  if (oldAvailable.size + oldUnavailable.size === 0) return
  const unavailable = totals.unavailableInRollout + deletedHere(deciding, daemonSet)
  const facts = { maxUnavailable, unavailable, desired: totals.desired, revision: daemonSet.current?.name ?? null }
  let mayMend = daemonSet.policy.strictMaxUnavailable
    ? maxUnavailable - (unavailable - oldUnavailable.size)
    : Number.POSITIVE_INFINITY
  for (const rank of leastRefusedFirst(deciding.state, daemonSet, gate.inTurn(oldUnavailable))) {
    const node = nodeOfRank(rank)
    if (mayMend <= 0 || gate.left <= 0) break
    const fate = deleteOld(deciding, daemonSet, node, reason('rollout-replace-unavailable', '§4.3', facts))
    if (fate === 'notNow') continue
    if (fate === 'deleted') gate.reach(node)
    mayMend -= 1
  }
  let left = maxUnavailable - unavailable
  for (const rank of leastRefusedFirst(deciding.state, daemonSet, gate.inTurn(oldAvailable))) {
    const node = nodeOfRank(rank)
    if (left <= 0 || gate.left <= 0) break
    const fate = deleteOld(deciding, daemonSet, node, reason('rollout-replace', '§4.3', facts))
    if (fate === 'notNow') continue
    if (fate === 'deleted') gate.reach(node)
    left -= 1
  }
}

/** Available pods that this very decision point deletes for other reasons: they will be missing, too. */
function deletedHere(deciding: Deciding, daemonSet: DaemonSet): number {
  let count = 0
  for (const slot of slotsIssuedHere(deciding, daemonSet, 'DeletePod')) {
    if (slot.figures.unavailableInRollout === 0) count += 1
  }
  return count
}

/** Slots for which this decision point has commands already. */
function slotsIssuedHere(
  { commands }: Deciding,
  { slots, facts }: DaemonSet,
  ...types: ('CreatePod' | 'DeletePod')[]
): Set<Slot> {
  const issued = new Set<Slot>()
  for (const { type, daemonSet, ...command } of commands) {
    if (daemonSet.uid !== facts.uid || !('node' in command) || command.node === null) continue
    const slot = slots.get(command.node)
    const does = type === 'EvictPod' ? 'DeletePod' : type
    if (slot && types.some(wanted => wanted === does)) issued.add(slot)
  }
  return issued
}

/**
 * Deletes the old pod of a slot. `notNow`: that is not to be tried now (it was refused lately, or is done already), so another
 * one may take the place in the budget. `waits`: all evictions of the DaemonSet wait, so it keeps its place: none is asked for meanwhile.
 */
function deleteOld(
  deciding: Deciding,
  daemonSet: DaemonSet,
  node: string,
  why: Reason,
): 'deleted' | 'waits' | 'notNow' {
  const slot = daemonSet.slots.get(node)
  const old = slot && groupOf(slot.pods).find(pod => isLive(pod) && !isUpdated(pod, daemonSet))
  // What has to leave its node anyway is the guard's to decide about.
  if (!slot || !old || isGuarded(deciding.state, daemonSet, slot)) return 'notNow'
  const waits = waitsForEviction(deciding, daemonSet, slot, old)
  if (waits) return waits === 'daemonSet' ? 'waits' : 'notNow'
  if (isPending(deciding, `DeletePod/${old.facts.uid}`) || isPending(deciding, `EvictPod/${old.facts.uid}`))
    return 'notNow'
  deletePods(deciding, daemonSet, slot, [old], why, { isVoluntary: true })
  return 'deleted'
}

/** New pods are started beside the old ones (spec §4.4). A node that is gone counts as one the DaemonSet has left. */
function decideSurge(deciding: Deciding, daemonSet: DaemonSet, maxSurge: number, gate: RolloutGate): void {
  const { oldAvailable, oldUnavailable, bothAvailable, totals, slots } = daemonSet
  if (oldAvailable.size + oldUnavailable.size + bothAvailable.size === 0) return
  // What this decision point has issued already is under way.
  const issued = slotsIssuedHere(deciding, daemonSet, 'CreatePod', 'DeletePod')
  let surge = totals.surging
  let available = totals.availableInSurge
  for (const { figures } of issued) {
    surge += 1 - figures.surging
    available -= figures.availableInSurge
  }
  for (const slot of slotsOf(slots, bothAvailable)) {
    if (issued.has(slot)) continue
    deleteOld(deciding, daemonSet, slot.node, reason('surge-finish', '§4.4 step 5'))
    // Its budget may keep the old pod: for as long as it does, there are two.
    if (daemonSet.policy.removal === 'evict') surge += 1
  }
  const facts = { maxSurge, surge, desired: totals.desired, revision: daemonSet.current?.name ?? null }
  for (const slot of slotsOf(slots, oldUnavailable)) {
    if (issued.has(slot) || backsOff(daemonSet, slot.pods)) continue
    if (slot.verdict !== 'shouldRun') {
      deleteOld(deciding, daemonSet, slot.node, reason('surge-leave-node', '§4.4 step 4'))
    } else if (gate.admits(slot.rank) && !waitsForTurn(deciding, daemonSet)) {
      const why = reason('surge-replace-unavailable', '§4.4 step 4', facts)
      if (createPod(deciding, daemonSet, slot, why, { mayBeOlder: false })) gate.reach(slot.node)
    }
  }
  let sunset = available - totals.desired
  for (const slot of slotsOf(slots, oldAvailable)) {
    if (sunset <= 0) break
    if (slot.verdict === 'shouldRun' || issued.has(slot)) continue
    const why = reason('surge-sunset', '§4.4', { available, desired: totals.desired })
    if (deleteOld(deciding, daemonSet, slot.node, why) !== 'notNow') sunset -= 1
  }
  let left = maxSurge - surge
  for (const slot of slotsOf(slots, oldAvailable)) {
    if (left <= 0 || !gate.admits(slot.rank)) break
    if (slot.verdict !== 'shouldRun' || issued.has(slot) || isCreationHeld(deciding, daemonSet, slot)) continue
    if (createPod(deciding, daemonSet, slot, reason('surge-replace', '§4.4', facts), { mayBeOlder: false }))
      gate.reach(slot.node)
    left -= 1
  }
}

function* slotsOf(slots: ReadonlyMap<string, Slot>, names: SortedNames): Iterable<Slot> {
  for (const rank of names) {
    const slot = slots.get(nodeOfRank(rank))
    if (slot) yield slot
  }
}

/** Its own creation was refused lately, or the rate is used up: its old pod stays, so there is nothing to say of the slot. */
function isCreationHeld(deciding: Deciding, daemonSet: DaemonSet, slot: Slot): boolean {
  const { state } = deciding
  if (isHeldBack(state, createKey(daemonSet.facts.uid, slot.node))) return true
  return waitsForTurn(deciding, daemonSet)
}
