import { forgetCreation } from './creations.ts'
import { eligibilityOf } from './eligibility.ts'
import { availableAt, groupOf, hashLabel, isAvailable, isLive, isUpdated } from './pods.ts'
import { countPolicy, rankOf } from './rollout-figures.ts'
import type { SortedNames } from './sorted-names.ts'
import {
  type ClusterState,
  createSlot,
  type DaemonSet,
  type Figures,
  noFigures,
  type Pod,
  type RolloutClass,
  type Slot,
} from './state.ts'
import { wakeLater, wakeSlot } from './wake.ts'

/** The slot, made when it is needed: for every node, and for every node name a pod belongs to. */
export function slotFor(state: ClusterState, daemonSet: DaemonSet, node: string): Slot {
  const known = daemonSet.slots.get(node)
  if (known) return known
  const slot = createSlot(node)
  daemonSet.slots.set(node, slot)
  judgeSlot(state, daemonSet, slot)
  return slot
}

/** Judges the node anew: after its labels, taints or existence, or the template, changed. */
export function judgeSlot(state: ClusterState, daemonSet: DaemonSet, slot: Slot): void {
  const node = state.nodes.get(slot.node)
  const { facts, policy } = daemonSet
  const without = policy.withoutTolerations
  slot.verdict = node ? eligibilityOf(facts.template, node, { without }).verdict : 'unknownNode'
  countSlot(state, daemonSet, slot)
}

/** A slot of a node that is gone, with no pods and nothing under way, is forgotten once that was decided on. */
export function dropIfEmpty(state: ClusterState, daemonSet: DaemonSet, slot: Slot): void {
  if (slot.pods.size > 0 || slot.inFlight > 0 || state.nodes.has(slot.node)) return
  daemonSet.slots.delete(slot.node)
  daemonSet.dirty.delete(slot.node)
  daemonSet.failedBackoffs.delete(slot.node)
  daemonSet.flips.delete(slot.node)
  forgetCreation(state, daemonSet, slot.node)
}

export function addPod(state: ClusterState, daemonSet: DaemonSet, pod: Pod): void {
  const hash = pod.facts.labels[hashLabel]
  if (hash !== undefined) daemonSet.podsByHash.set(hash, (daemonSet.podsByHash.get(hash) ?? 0) + 1)
  if (pod.node === null) return
  const slot = slotFor(state, daemonSet, pod.node)
  slot.pods.add(pod)
  countSlot(state, daemonSet, slot)
  wakeSlot(state, daemonSet, slot.node)
}

export function removePod(state: ClusterState, daemonSet: DaemonSet, pod: Pod): void {
  const hash = pod.facts.labels[hashLabel]
  if (hash !== undefined) {
    const left = (daemonSet.podsByHash.get(hash) ?? 0) - 1
    if (left > 0) daemonSet.podsByHash.set(hash, left)
    else daemonSet.podsByHash.delete(hash)
  }
  const slot = pod.node === null ? undefined : daemonSet.slots.get(pod.node)
  if (!slot?.pods.delete(pod)) return
  countSlot(state, daemonSet, slot)
  wakeSlot(state, daemonSet, slot.node)
}

/** Puts another version of a pod in its slot. false: it is not there, or belongs elsewhere now, and nothing was done. */
export function replacePod(state: ClusterState, daemonSet: DaemonSet, held: Pod, pod: Pod): boolean {
  if (pod.node === null || pod.node !== held.node) return false
  if (held.facts.labels[hashLabel] !== pod.facts.labels[hashLabel]) return false
  const slot = daemonSet.slots.get(pod.node)
  if (!slot?.pods.delete(held)) return false
  slot.pods.add(pod)
  countSlot(state, daemonSet, slot)
  wakeSlot(state, daemonSet, slot.node)
  return true
}

/** Counts all slots anew: after the present revision or minReadySeconds changed. */
export function countAll(state: ClusterState, daemonSet: DaemonSet): void {
  for (const slot of daemonSet.slots.values()) countSlot(state, daemonSet, slot)
}

/** Works out what the slot adds to the DaemonSet's numbers, and replaces what it added before. */
export function countSlot(state: ClusterState, daemonSet: DaemonSet, slot: Slot): void {
  const before = slot.figures
  const after = figuresOf(state, daemonSet, slot)
  const { totals } = daemonSet
  totals.desired += after.desired - before.desired
  totals.current += after.current - before.current
  totals.misscheduled += after.misscheduled - before.misscheduled
  totals.ready += after.ready - before.ready
  totals.available += after.available - before.available
  totals.updated += after.updated - before.updated
  totals.unavailableInRollout += after.unavailableInRollout - before.unavailableInRollout
  totals.surging += after.surging - before.surging
  totals.availableInSurge += after.availableInSurge - before.availableInSurge
  const rank = rankOf(state, daemonSet, slot.node)
  if (before.rollout !== after.rollout || slot.rank !== rank) {
    namesOf(daemonSet, before.rollout)?.delete(slot.rank)
    namesOf(daemonSet, after.rollout)?.add(rank)
    slot.rank = rank
  }
  countAsked(daemonSet, slot.node, before, after)
  slot.figures = after
}

/** The figures that are zero without annotations. */
function countAsked(daemonSet: DaemonSet, node: string, before: Figures, after: Figures): void {
  const { totals, openGroups } = daemonSet
  totals.onNew += after.onNew - before.onNew
  totals.unsettled += after.unsettled - before.unsettled
  totals.outside += after.outside - before.outside
  totals.stopped += after.stopped - before.stopped
  totals.lost += after.lost - before.lost
  totals.troubled += after.troubled - before.troubled
  totals.missing += after.missing - before.missing
  if (before.lost !== after.lost) toggle(daemonSet.lostNodes, node, after.lost)
  if (before.troubled !== after.troubled) toggle(daemonSet.troubledNodes, node, after.troubled)
  if (before.missing !== after.missing) toggle(daemonSet.missingNodes, node, after.missing)
  if (before.stopped !== after.stopped) toggle(daemonSet.stoppedNodes, node, after.stopped)
  if (before.open !== after.open) {
    if (before.open !== null) openGroups.delete(before.open)
    if (after.open !== null) openGroups.add(after.open)
  }
}

function toggle(names: SortedNames, name: string, isThere: number): void {
  if (isThere > 0) names.add(name)
  else names.delete(name)
}

/** Where slots of this class are kept, because a rolling update does something about them. */
function namesOf(daemonSet: DaemonSet, rollout: RolloutClass): SortedNames | null {
  switch (rollout) {
    case 'oldAvailable':
    case 'oldUnavailable':
    case 'bothAvailable':
      return daemonSet[rollout]
    default:
      return null
  }
}

function figuresOf(state: ClusterState, daemonSet: DaemonSet, slot: Slot): Figures {
  const group = groupOf(slot.pods)
  const first = group[0]
  const run = slot.verdict === 'shouldRun'
  // Pods on nodes that do not exist are invisible to the status (spec §5.1).
  const exists = slot.verdict !== 'unknownNode'
  const counted = run && first !== undefined
  for (const pod of group) {
    const due = availableAt(pod, daemonSet.facts)
    if (due !== null && due > state.now) wakeLater(state, daemonSet.facts.uid, slot.node, due)
  }
  const figures: Figures = {
    ...noFigures(),
    desired: run ? 1 : 0,
    current: counted ? 1 : 0,
    misscheduled: exists && !run && first !== undefined ? 1 : 0,
    ready: counted && first.facts.ready ? 1 : 0,
    available: counted && isAvailable(first, daemonSet.facts, state.now) ? 1 : 0,
    updated: counted && isUpdated(first, daemonSet) ? 1 : 0,
  }
  // In a rolling update a node counts that should run, and one that has pods for whatever reason (spec §4.2).
  if (!run && group.length === 0 && slot.inFlight === 0) return figures
  const { fresh, old, rollout } = rolloutOf(state, daemonSet, slot, group)
  figures.rollout = rollout
  figures.unavailableInRollout = rollout === 'newAvailable' || rollout === 'oldAvailable' ? 0 : 1
  figures.surging = rollout === 'busy' || rollout === 'excess' || rollout === 'both' ? 1 : 0
  const shown = old ?? fresh
  figures.availableInSurge = shown !== null && isAvailable(shown, daemonSet.facts, state.now) ? 1 : 0
  if (daemonSet.policy.asksAnything) countPolicy(state, daemonSet, slot, figures, fresh)
  return figures
}

type InRollout = { readonly rollout: RolloutClass; readonly fresh: Pod | null; readonly old: Pod | null }

function rolloutOf(state: ClusterState, daemonSet: DaemonSet, slot: Slot, group: readonly Pod[]): InRollout {
  const neither = { fresh: null, old: null }
  if (slot.inFlight > 0) return { rollout: 'busy', ...neither }
  let fresh: Pod | null = null
  let old: Pod | null = null
  for (const pod of group) {
    if (!isLive(pod)) continue
    if (isUpdated(pod, daemonSet)) {
      if (fresh) return { rollout: 'excess', ...neither }
      fresh = pod
    } else {
      if (old) return { rollout: 'excess', ...neither }
      old = pod
    }
  }
  const isUp = (pod: Pod) => isAvailable(pod, daemonSet.facts, state.now)
  if (fresh && old) return { rollout: isUp(fresh) ? 'bothAvailable' : 'both', fresh, old }
  if (fresh) return { rollout: isUp(fresh) ? 'newAvailable' : 'newUnavailable', fresh, old }
  if (old) return { rollout: isUp(old) ? 'oldAvailable' : 'oldUnavailable', fresh, old }
  return { rollout: 'vacant', ...neither }
}
