import {
  canonicalJson,
  compareResourceVersions,
  type DaemonSetFacts,
  type Effect,
  type EventOf,
  slotOf,
} from '@rollcall/contracts'
import { forgetCreation } from '../creations.ts'
import { releaseEvictions } from '../evictions.ts'
import { dropFlights } from '../flights.ts'
import { policyOf } from '../policy/index.ts'
import { settleRevision } from '../revisions.ts'
import { newRollout } from '../rollout-state.ts'
import { countAll, judgeSlot, slotFor } from '../slots.ts'
import { wakeOthersOf } from '../startup-taints.ts'
import { type ClusterState, createDaemonSet, type DaemonSet, knownConditions, knownStatus } from '../state.ts'
import { addStray, removeStray } from '../strays.ts'
import { wakeAll, wakeWhole } from '../wake.ts'
import { fileOrphan, fileOwned } from './pods.ts'
import { reach, reachByWatch } from './reach.ts'
import { isStale } from './stale.ts'

export function daemonSetObserved(state: ClusterState, event: EventOf<'DaemonSetObserved'>): Effect[] | null {
  const facts = event.daemonSet
  const held = state.daemonSetsByNamespace.get(facts.namespace)?.get(facts.name)
  if (isStale(state, 'DaemonSet', held?.facts, facts)) return null
  reachByWatch(state, 'DaemonSet', facts.resourceVersion)
  const effects: Effect[] = []
  if (held && held.facts.uid === facts.uid) {
    change(state, held, facts)
  } else {
    if (held) effects.push(...forgetDaemonSet(state, held, true))
    appear(state, facts)
  }
  effects.push({ kind: 'daemonSetPut', daemonSet: facts })
  return effects
}

export function daemonSetGone(state: ClusterState, event: EventOf<'DaemonSetGone'>): Effect[] | null {
  const held = state.daemonSetsByNamespace.get(event.namespace)?.get(event.name)
  if (held?.facts.uid !== event.uid) return null
  reach(state, 'DaemonSet', event.resourceVersion)
  return forgetDaemonSet(state, held, false)
}

/** A DaemonSet that is new to us gets a slot for each node, and files the pods that are there already. */
function appear(state: ClusterState, facts: DaemonSetFacts): void {
  const daemonSet = createDaemonSet(facts)
  state.daemonSets.set(facts.uid, daemonSet)
  const named = state.daemonSetsByNamespace.get(facts.namespace)
  if (named) named.set(facts.name, daemonSet)
  else state.daemonSetsByNamespace.set(facts.namespace, new Map([[facts.name, daemonSet]]))
  settleRevision(state, daemonSet)
  for (const node of state.nodes.keys()) slotFor(state, daemonSet, node)
  for (const [keys, filing] of [
    [state.podsByOwner.get(facts.uid), fileOwned],
    [state.orphansByNamespace.get(facts.namespace), fileOrphan],
  ] as const) {
    for (const key of keys ?? []) {
      const pod = state.pods.get(key)
      if (!pod) continue
      removeStray(state, key, pod)
      filing(state, daemonSet, key, pod)
    }
  }
  wakeAll(state, daemonSet)
}

function change(state: ClusterState, daemonSet: DaemonSet, facts: DaemonSetFacts): void {
  const before = daemonSet.facts
  const statusBefore = canonicalJson([knownStatus(daemonSet), knownConditions(daemonSet)])
  daemonSet.facts = facts
  const tookAway = daemonSet.policy.startupTaint
  const asksOtherwise = canonicalJson(before.annotations) !== canonicalJson(facts.annotations)
  if (asksOtherwise) askOtherwise(daemonSet)
  const { written } = daemonSet
  if (written && compareResourceVersions(facts.resourceVersion, written.resourceVersion) >= 0) daemonSet.written = null

  if (before.template.digest !== facts.template.digest) {
    // What was refused was the old template's revision, and what was made from it.
    state.retries.delete(`CreateRevision/${facts.uid}`)
    daemonSet.creationHold = null
    daemonSet.rollout = newRollout(daemonSet.rollout)
    for (const slot of daemonSet.slots.values()) slot.reach = null
    for (const slot of daemonSet.slots.values()) judgeSlot(state, daemonSet, slot)
    settleRevision(state, daemonSet)
    wakeAll(state, daemonSet)
  } else if (before.generation !== facts.generation || before.templateGeneration !== facts.templateGeneration) {
    countAll(state, daemonSet)
    wakeAll(state, daemonSet)
  }
  if (before.deletedAt !== facts.deletedAt) wakeWhole(state, daemonSet)
  if (asksOtherwise) {
    // Any rule may look at the policy.
    for (const slot of daemonSet.slots.values()) judgeSlot(state, daemonSet, slot)
    wakeAll(state, daemonSet)
  }
  // It may count on other nodes now, or on none.
  if (asksOtherwise || before.template.digest !== facts.template.digest || before.deletedAt !== facts.deletedAt) {
    for (const taint of new Set([tookAway, daemonSet.policy.startupTaint])) wakeOthersOf(state, daemonSet, taint)
  }
  // An echo of our own status write is no news.
  if (canonicalJson([knownStatus(daemonSet), knownConditions(daemonSet)]) !== statusBefore) wakeWhole(state, daemonSet)
}

function askOtherwise(daemonSet: DaemonSet): void {
  const { creationRate } = daemonSet.policy
  daemonSet.policy = policyOf(daemonSet.facts.annotations)
  if (daemonSet.policy.debounceMs === null) daemonSet.flips.clear()
  // What was made at another rate says nothing about this one.
  if (canonicalJson(creationRate) !== canonicalJson(daemonSet.policy.creationRate)) daemonSet.pace = null
}

/** Its pods stay where they are: they are the garbage collector's, or orphans that somebody adopts. */
export function forgetDaemonSet(state: ClusterState, daemonSet: DaemonSet, inferred: boolean): Effect[] {
  const { uid, namespace, name } = daemonSet.facts
  const effects = dropFlights(state, daemonSet)
  state.daemonSets.delete(uid)
  for (const key of state.podsByOwner.get(uid) ?? []) {
    const pod = state.pods.get(key)
    if (pod) addStray(state, key, pod)
  }
  const named = state.daemonSetsByNamespace.get(namespace)
  named?.delete(name)
  if (named?.size === 0) state.daemonSetsByNamespace.delete(namespace)
  state.wakes.delete(slotOf(uid, null))
  for (const node of daemonSet.slots.keys()) {
    state.wakes.delete(slotOf(uid, node))
    forgetCreation(state, daemonSet, node)
  }
  releaseEvictions(state, daemonSet)
  wakeOthersOf(state, daemonSet, daemonSet.policy.startupTaint)
  for (const type of ['CreateRevision', 'WriteStatus', 'RollBack']) state.retries.delete(`${type}/${uid}`)
  return [...effects, { kind: 'daemonSetGone', daemonSet: daemonSet.facts, inferred }]
}
