import { compareResourceVersions, type Effect, type EventOf, type Kind } from '@rollcall/contracts'
import { byName, type ClusterState, type Relist } from '../state.ts'
import { wakeWhole } from '../wake.ts'
import { forgetDaemonSet } from './daemon-sets.ts'
import { forgetNode } from './nodes.ts'
import { forgetPod } from './pods.ts'
import { listedKey, reach } from './reach.ts'
import { forgetRevision } from './revisions.ts'

/** More lists of a kind than could be told a second time: what is repeated is what an append left in doubt. */
const begunMax = 32

/** One object as it is held, whatever its kind. */
type Held = {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly forget: () => Effect[]
}

export function relistStarted(state: ClusterState, event: EventOf<'RelistStarted'>): Effect[] | null {
  const relist = state.relists[event.kind]
  if (relist.begun.includes(event.relist)) return null
  relist.begun.push(event.relist)
  if (relist.begun.length > begunMax) relist.begun.shift()
  relist.open = { id: event.relist, listed: new Set() }
  if (event.historyReset) {
    relist.reached = null
    ageAll(state, event.kind)
  }
  return []
}

export function relistListed(state: ClusterState, event: EventOf<'RelistListed'>): Effect[] | null {
  const { open } = state.relists[event.kind]
  if (open?.id !== event.relist) return null
  const before = open.listed.size
  for (const object of event.objects) open.listed.add(listedKey(object))
  return open.listed.size > before ? [] : null
}

/** What was not listed, and is not newer than the list, vanished while nobody watched (design rule 7). */
export function relistCompleted(state: ClusterState, event: EventOf<'RelistCompleted'>): Effect[] | null {
  const relist = state.relists[event.kind]
  const { open } = relist
  if (open?.id !== event.relist) return null
  const effects: Effect[] = []
  for (const held of heldOf(state, event.kind)) {
    if (open.listed.has(listedKey(held))) continue
    if (compareResourceVersions(held.resourceVersion, event.resourceVersion) > 0) continue
    effects.push(...held.forget())
  }
  relist.reached ??= event.resourceVersion
  reach(state, event.kind, event.resourceVersion)
  finish(state, relist)
  return effects
}

function finish(state: ClusterState, relist: Relist): void {
  relist.open = null
  if (relist.synced) return
  relist.synced = true
  wakeEverything(state)
}

export function wakeEverything(state: ClusterState): void {
  for (const daemonSet of state.daemonSets.values()) {
    wakeWhole(state, daemonSet)
    for (const node of daemonSet.slots.keys())
      if (!daemonSet.dirty.has(node)) daemonSet.dirty.set(node, [state.position])
  }
}

/** Everything held of a kind, in the order of its keys. */
export function heldOf(state: ClusterState, kind: Kind): Held[] {
  const held: Held[] = []
  switch (kind) {
    case 'Node':
      for (const node of state.nodes.values()) {
        held.push({ ...node, namespace: '', forget: () => forgetNode(state, node, true) })
      }
      break
    case 'Pod':
      for (const pod of state.pods.values()) held.push({ ...pod.facts, forget: () => forgetPod(state, pod, true) })
      break
    case 'DaemonSet':
      for (const daemonSet of state.daemonSets.values()) {
        held.push({ ...daemonSet.facts, forget: () => forgetDaemonSet(state, daemonSet, true) })
      }
      break
    case 'ControllerRevision':
      for (const revision of state.revisions.values()) {
        held.push({ ...revision.facts, forget: () => forgetRevision(state, revision, true) })
      }
  }
  return held.sort(byName)
}

/** resourceVersions went back: whatever is held is older than anything that comes. */
function ageAll(state: ClusterState, kind: Kind): void {
  const aged = { resourceVersion: '0' }
  switch (kind) {
    case 'Node':
      for (const [key, node] of state.nodes) state.nodes.set(key, { ...node, ...aged })
      break
    case 'Pod':
      for (const pod of state.pods.values()) pod.facts = { ...pod.facts, ...aged }
      break
    case 'DaemonSet':
      for (const daemonSet of state.daemonSets.values()) {
        daemonSet.facts = { ...daemonSet.facts, ...aged }
        daemonSet.written = null
      }
      break
    case 'ControllerRevision':
      for (const revision of state.revisions.values()) revision.facts = { ...revision.facts, ...aged }
  }
}
