import type { CommandType, Effect, EventOf, PodFacts } from '@rollcall/contracts'
import { observe } from '../flights.ts'
import { nodeOf } from '../pods.ts'
import { selectorMatches } from '../selectors.ts'
import { addPod, removePod, replacePod } from '../slots.ts'
import { type ClusterState, type DaemonSet, indexAdd, indexDelete, keyOf, type Pod } from '../state.ts'
import { addStray, removeStray } from '../strays.ts'
import { wakeSlot, wakeWhole } from '../wake.ts'
import { reach, reachByWatch } from './reach.ts'
import { isStale } from './stale.ts'

/** What may be tried again later of one pod. */
const podChanges = [
  'DeletePod',
  'EvictPod',
  'AdoptPod',
  'ReleasePod',
  'RelabelPod',
] as const satisfies readonly CommandType[]

export function podObserved(state: ClusterState, { pod: seen }: EventOf<'PodObserved'>): Effect[] | null {
  const held = state.pods.get(keyOf(seen.namespace, seen.name))
  if (isStale(state, 'Pod', held?.facts, seen, held?.provisional)) return null
  const facts = stillEnding(held?.facts, seen)
  reachByWatch(state, 'Pod', facts.resourceVersion)
  const effects: Effect[] = []
  if (held && held.facts.uid !== facts.uid) effects.push(...forgetPod(state, held, true))
  effects.push(putPod(state, facts, false))
  const creation = facts.commandId === null ? undefined : state.flights.get(facts.commandId)
  if (creation) observe(state, creation)
  if (facts.deletedAt !== null) observeDeletion(state, facts.uid)
  return effects
}

/** What is being deleted is so for good: a version of before, told late, must not have it deleted once more. */
function stillEnding(held: PodFacts | undefined, seen: PodFacts): PodFacts {
  const isOlder = held?.uid === seen.uid && held.deletedAt !== null && seen.deletedAt === null
  return isOlder ? { ...seen, deletedAt: held.deletedAt } : seen
}

export function podGone(state: ClusterState, event: EventOf<'PodGone'>): Effect[] | null {
  const held = state.pods.get(keyOf(event.namespace, event.name))
  if (held?.facts.uid !== event.uid) return null
  reach(state, 'Pod', event.resourceVersion)
  return forgetPod(state, held, false)
}

/** Puts or replaces a pod, and files it where it belongs now. */
export function putPod(state: ClusterState, facts: PodFacts, provisional: boolean): Effect {
  const key = keyOf(facts.namespace, facts.name)
  const held = state.pods.get(key)
  const pod: Pod = { facts, node: nodeOf(facts), provisional }
  state.pods.set(key, pod)
  if (!held || !replaceInPlace(state, held, pod)) {
    if (held) unfile(state, key, held)
    file(state, key, pod)
  }
  return { kind: 'podPut', pod: facts, node: pod.node, provisional }
}

/** Most of what is heard of a pod leaves it where it is filed: then its slot is counted once, and not with and without it. */
function replaceInPlace(state: ClusterState, held: Pod, pod: Pod): boolean {
  const { owner, labels } = pod.facts
  if (owner?.kind !== 'DaemonSet' || owner.uid !== held.facts.owner?.uid) return false
  const daemonSet = state.daemonSets.get(owner.uid)
  return (
    daemonSet !== undefined &&
    selectorMatches(daemonSet.facts.selector, labels) &&
    replacePod(state, daemonSet, held, pod)
  )
}

export function forgetPod(state: ClusterState, pod: Pod, inferred: boolean): Effect[] {
  const key = keyOf(pod.facts.namespace, pod.facts.name)
  unfile(state, key, pod)
  state.pods.delete(key)
  for (const type of podChanges) state.retries.delete(`${type}/${pod.facts.uid}`)
  observeDeletion(state, pod.facts.uid)
  return [{ kind: 'podGone', pod: pod.facts, node: pod.node, inferred }]
}

function observeDeletion(state: ClusterState, uid: string): void {
  for (const type of ['DeletePod', 'EvictPod']) {
    const removal = state.flights.get(state.flightsByKey.get(`${type}/${uid}`) ?? '')
    if (removal) observe(state, removal)
  }
}

function file(state: ClusterState, key: string, pod: Pod): void {
  const { owner, namespace } = pod.facts
  if (owner === null) {
    indexAdd(state.orphansByNamespace, namespace, key)
    for (const daemonSet of state.daemonSetsByNamespace.get(namespace)?.values() ?? []) {
      fileOrphan(state, daemonSet, key, pod)
    }
  } else if (owner.kind === 'DaemonSet') {
    indexAdd(state.podsByOwner, owner.uid, key)
    const daemonSet = state.daemonSets.get(owner.uid)
    if (daemonSet) fileOwned(state, daemonSet, key, pod)
    else addStray(state, key, pod)
  }
}

/** An orphan that matches is to be adopted; until then its node is not free (spec §6.1). */
export function fileOrphan(state: ClusterState, daemonSet: DaemonSet, key: string, pod: Pod): void {
  if (pod.facts.deletedAt !== null || !selectorMatches(daemonSet.facts.selector, pod.facts.labels)) return
  daemonSet.adoptable.add(key)
  wakeWhole(state, daemonSet)
}

/** An owned pod is claimed, or, when its labels do not match (any more), to be released. */
export function fileOwned(state: ClusterState, daemonSet: DaemonSet, key: string, pod: Pod): void {
  if (selectorMatches(daemonSet.facts.selector, pod.facts.labels)) {
    addPod(state, daemonSet, pod)
  } else {
    daemonSet.releasable.add(key)
    wakeWhole(state, daemonSet)
  }
}

function unfile(state: ClusterState, key: string, pod: Pod): void {
  const { owner, namespace } = pod.facts
  if (owner === null) {
    indexDelete(state.orphansByNamespace, namespace, key)
    for (const daemonSet of state.daemonSetsByNamespace.get(namespace)?.values() ?? []) {
      if (!daemonSet.adoptable.delete(key)) continue
      wakeWhole(state, daemonSet)
      if (pod.node !== null && daemonSet.slots.has(pod.node)) wakeSlot(state, daemonSet, pod.node)
    }
  } else if (owner.kind === 'DaemonSet') {
    indexDelete(state.podsByOwner, owner.uid, key)
    const daemonSet = state.daemonSets.get(owner.uid)
    if (!daemonSet) {
      removeStray(state, key, pod)
      return
    }
    if (daemonSet.releasable.delete(key)) wakeWhole(state, daemonSet)
    else removePod(state, daemonSet, pod)
  }
}
