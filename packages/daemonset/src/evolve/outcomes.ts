import type { Command, CommandOf, CommandSettled, Effect, EventOf, PodFacts } from '@rollcall/contracts'
import { createdPod } from '../created-pod.ts'
import { holdCreations, releaseCreations } from '../creations.ts'
import { holdEvictions, releaseEvictions } from '../evictions.ts'
import { createKey, endsPod, flightKey, renew, retryLater, settle } from '../flights.ts'
import { hashLabel } from '../pods.ts'
import { type ClusterState, type DaemonSet, type Flight, keyOf, knownConditions, knownStatus } from '../state.ts'
import { wakeAll, wakeSlot, wakeWhole } from '../wake.ts'
import { nodeUntainted } from './nodes.ts'
import { forgetPod, putPod } from './pods.ts'
import { isOver } from './reach.ts'
import { forgetRevision, putRevision } from './revisions.ts'

/** What a newer command made moot is tried again soon, if it is still wanted then. */
const skippedWaitMs = 1000

export function commandSettled(state: ClusterState, event: CommandSettled): Effect[] | null {
  const flight = state.flights.get(event.commandId)
  if (!flight) return null
  settle(state, flight)
  const { command } = flight
  const daemonSet = state.daemonSets.get(command.daemonSet.uid)
  const effects: Effect[] = [{ kind: 'commandSettled', commandId: event.commandId, settled: event }]
  const key = command.type === 'CreatePod' ? createKey(command.daemonSet.uid, command.node) : flightKey(command)
  if (event.result === 'done' || event.result === 'alreadyDone') {
    state.retries.delete(key)
    if (daemonSet && command.type === 'CreatePod') releaseCreations(daemonSet)
    if (daemonSet && command.type === 'EvictPod') releaseEvictions(state, daemonSet)
    effects.push(...succeeded(state, flight, event))
  } else if (!(event.result === 'skipped' && flight.observed)) {
    // What was seen done already needs no second try.
    effects.push(...failed(state, command, event, key))
  }
  return effects
}

/** Somebody is still at it, so the command is not lost. */
export function commandDelayed(state: ClusterState, event: EventOf<'CommandDelayed'>): Effect[] | null {
  const flight = state.flights.get(event.commandId)
  // Older news than its last issue is no news, or was told before.
  if (!flight || event.at <= flight.since) return null
  renew(state, flight)
  return []
}

/** What the API server answered is taken for true until the watch shows it. */
function succeeded(state: ClusterState, { command, observed }: Flight, event: CommandSettled): Effect[] {
  const resourceVersion = event.object?.resourceVersion ?? '0'
  switch (command.type) {
    case 'CreatePod':
      // Seen and perhaps gone already: the outcome must not raise a ghost.
      if (observed || !event.object || state.pods.has(keyOf(command.daemonSet.namespace, command.podName))) return []
      if (isOver(state, 'Pod', { namespace: command.daemonSet.namespace, ...event.object })) return []
      return [putPod(state, createdPod(command, templateOf(state, command), event.object, event.at), true)]
    case 'DeletePod':
    case 'EvictPod': {
      const pod = podByUid(state, command, command.pod)
      if (!pod) return []
      if (event.result === 'alreadyDone') return forgetPod(state, pod, true)
      return pod.facts.deletedAt === null ? [putPod(state, { ...pod.facts, deletedAt: event.at }, pod.provisional)] : []
    }
    case 'AdoptPod':
    case 'ReleasePod':
    case 'RelabelPod': {
      const pod = podByUid(state, command, command.pod)
      return pod ? [putPod(state, patchedPod(pod.facts, command), pod.provisional)] : []
    }
    case 'CreateRevision': {
      const { name, namespace, uid } = command.daemonSet
      if (!event.object || state.revisions.has(keyOf(namespace, command.name))) return []
      if (isOver(state, 'ControllerRevision', { namespace, ...event.object })) return []
      const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name, uid }
      const labels = { ...state.daemonSets.get(uid)?.facts.template.labels, [hashLabel]: command.hash }
      const facts = {
        namespace,
        name: command.name,
        uid: event.object.uid,
        resourceVersion,
        createdAt: event.at,
        deletedAt: null,
        labels,
        owner,
        revision: command.revision,
        templateDigest: command.templateDigest,
        template: null,
      }
      return [putRevision(state, facts, true)]
    }
    case 'UpdateRevision':
    case 'AdoptRevision':
    case 'ReleaseRevision':
      return patchRevision(state, command)
    case 'DeleteRevision': {
      const held = state.revisions.get(keyOf(command.daemonSet.namespace, command.revision.name))
      return held?.facts.uid === command.revision.uid ? forgetRevision(state, held, true) : []
    }
    case 'WriteStatus': {
      const daemonSet = state.daemonSets.get(command.daemonSet.uid)
      if (daemonSet) {
        const conditions = command.conditions ?? knownConditions(daemonSet)
        daemonSet.written = { status: command.status, conditions, resourceVersion }
      }
      return []
    }
    case 'UntaintNode':
      return nodeUntainted(state, command)
    // The DaemonSet itself will show it.
    case 'RollBack':
    case 'RecordEvent':
      return []
  }
}

function failed(state: ClusterState, command: Command, event: CommandSettled, key: string): Effect[] {
  const daemonSet = state.daemonSets.get(command.daemonSet.uid)
  if (!daemonSet) return []
  if (command.type === 'CreateRevision' && event.result === 'collided') {
    daemonSet.collisionCount = (daemonSet.collisionCount ?? knownStatus(daemonSet).collisionCount ?? 0) + 1
    wakeAll(state, daemonSet)
    return []
  }
  // A name that is taken is tried no second time: the next decision derives another one.
  if (command.type === 'CreatePod' && event.result === 'nameTaken') return []
  if (endsPod(command) && event.result === 'superseded') {
    // The pod of that uid is no more; whoever has its name now is another.
    const pod = podByUid(state, command, command.pod)
    return pod ? forgetPod(state, pod, true) : []
  }
  wakeWhole(state, daemonSet)
  if (command.type === 'CreatePod' && (event.result === 'refused' || event.result === 'notAttempted')) {
    const isRefusal = event.result === 'refused'
    // A node that was refused before tries when no other waits: that it is refused again concerns the node alone.
    const isAgain = isRefusal && (state.retries.get(key)?.failures ?? 0) > 0
    const namespaceEnds = event.answer?.cause === 'NamespaceTerminating'
    if (!isAgain || namespaceEnds) holdCreations(state, daemonSet, { isRefusal, namespaceEnds })
    if (isRefusal) retryLater(state, key, command)
  } else if (isStillThere(state, command)) {
    if (command.type === 'EvictPod' && event.answer?.cause === 'DisruptionBudget') holdEvictions(state, daemonSet)
    retryLater(state, key, command, event.result === 'skipped' ? skippedWaitMs : undefined)
    if (command.type === 'AdoptPod') freeNode(state, daemonSet, command)
  }
  return []
}

const templateOf = (state: ClusterState, { daemonSet }: Command) => state.daemonSets.get(daemonSet.uid)?.facts.template

/** What concerns an object that is gone is not tried again. */
function isStillThere(state: ClusterState, command: Command): boolean {
  if (command.type === 'UntaintNode') {
    const node = state.nodes.get(command.node)
    const { key, effect } = command.taint
    return node?.uid === command.nodeUid && node.taints.some(taint => taint.key === key && taint.effect === effect)
  }
  if ('pod' in command) return podByUid(state, command, command.pod) !== undefined
  if (!('revision' in command) || command.type === 'CreatePod' || command.type === 'CreateRevision') return true
  const held = state.revisions.get(keyOf(command.daemonSet.namespace, command.revision.name))
  return held?.facts.uid === command.revision.uid
}

/** A pod that will not be adopted holds its node no longer (spec §6.1: the reference would block altogether). */
function freeNode(state: ClusterState, daemonSet: DaemonSet, command: CommandOf<'AdoptPod'>): void {
  const node = podByUid(state, command, command.pod)?.node
  if (node != null && daemonSet.slots.has(node)) wakeSlot(state, daemonSet, node)
}

function podByUid(state: ClusterState, { daemonSet }: Command, { name, uid }: { name: string; uid: string }) {
  const pod = state.pods.get(keyOf(daemonSet.namespace, name))
  return pod?.facts.uid === uid ? pod : undefined
}

type PodPatch = CommandOf<'AdoptPod'> | CommandOf<'ReleasePod'> | CommandOf<'RelabelPod'>

function patchedPod(facts: PodFacts, command: PodPatch): PodFacts {
  const { name, uid } = command.daemonSet
  if (command.type === 'AdoptPod') return { ...facts, owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name, uid } }
  if (command.type === 'ReleasePod') return { ...facts, owner: null }
  return { ...facts, labels: { ...facts.labels, [hashLabel]: command.hash } }
}

type RevisionPatch = CommandOf<'UpdateRevision'> | CommandOf<'AdoptRevision'> | CommandOf<'ReleaseRevision'>

function patchRevision(state: ClusterState, command: RevisionPatch): Effect[] {
  const { namespace, name, uid } = command.daemonSet
  const held = state.revisions.get(keyOf(namespace, command.revision.name))
  if (held?.facts.uid !== command.revision.uid) return []
  let { facts } = held
  if (command.type === 'AdoptRevision')
    facts = { ...facts, owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name, uid } }
  else if (command.type === 'ReleaseRevision') facts = { ...facts, owner: null }
  else {
    const labels = command.hash === null ? facts.labels : { ...facts.labels, [hashLabel]: command.hash }
    facts = { ...facts, labels, revision: command.number ?? facts.revision }
  }
  return [putRevision(state, facts, held.provisional)]
}
