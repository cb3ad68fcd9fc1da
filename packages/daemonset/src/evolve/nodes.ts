import { type CommandOf, canonicalJson, type Effect, type EventOf, type NodeFacts } from '@rollcall/contracts'
import { untaintKey } from '../flights.ts'
import { noteFlip } from '../flips.ts'
import { isHealthy } from '../node-health.ts'
import { stopsAlike } from '../node-stops.ts'
import { countSlot, judgeSlot, slotFor } from '../slots.ts'
import type { ClusterState, DaemonSet } from '../state.ts'
import { wakeSlot, wakeWhole } from '../wake.ts'
import { reach, reachByWatch } from './reach.ts'
import { isStale } from './stale.ts'

export function nodeObserved(state: ClusterState, { node }: EventOf<'NodeObserved'>): Effect[] | null {
  const held = state.nodes.get(node.name)
  if (isStale(state, 'Node', held, node)) return null
  reachByWatch(state, 'Node', node.resourceVersion)
  const effects: Effect[] = []
  if (held && held.uid !== node.uid) effects.push({ kind: 'nodeGone', node: held, inferred: true })
  return [...effects, putNode(state, held, node)]
}

function putNode(state: ClusterState, held: NodeFacts | undefined, node: NodeFacts): Effect {
  state.nodes.set(node.name, node)
  const effect: Effect = { kind: 'nodePut', node }
  const stopsAsBefore = held !== undefined && stopsAlike(held, node)
  const healthAsBefore = held !== undefined && isHealthy(held) === isHealthy(node)
  const fitsAsBefore = held !== undefined && sameForRules(held, node)
  if (held) forgetUntaints(state, held, node.uid === held.uid ? node.taints : [])
  if (fitsAsBefore && stopsAsBefore && healthAsBefore) return effect
  for (const daemonSet of state.daemonSets.values()) {
    const { holdsOn, unhealthyNodes } = daemonSet.policy
    const minds = (!stopsAsBefore && holdsOn.length > 0) || (!healthAsBefore && unhealthyNodes !== null)
    if (fitsAsBefore && !minds) continue
    const slot = slotFor(state, daemonSet, node.name)
    const before = slot.verdict
    const { rollout, lost } = slot.figures
    judgeSlot(state, daemonSet, slot)
    // Where it runs and still should, there is nothing to decide; elsewhere the reason may be another one now.
    if (held && before !== slot.verdict && before !== 'unknownNode') noteFlip(state, daemonSet, slot, before)
    const isNews = before !== slot.verdict || slot.verdict !== 'shouldRun'
    const turnsInRollout = rollout !== slot.figures.rollout || lost !== slot.figures.lost
    if (!held || isNews || mindsNodes(daemonSet) || (daemonSet.policy.asksAnything && turnsInRollout)) {
      wakeSlot(state, daemonSet, node.name)
    }
  }
  return effect
}

/** It asks for something that looks at more of a node than whether pods should run there. */
function mindsNodes({ policy: { holdsOn, resourceOverrides, startupTaint } }: DaemonSet): boolean {
  return holdsOn.length > 0 || resourceOverrides.length > 0 || startupTaint !== null
}

/** A taint was taken from the node: taken for true until the watch shows it. */
export function nodeUntainted(state: ClusterState, { node: name, nodeUid, taint }: CommandOf<'UntaintNode'>): Effect[] {
  const held = state.nodes.get(name)
  if (held?.uid !== nodeUid) return []
  const taints = held.taints.filter(({ key, effect }) => key !== taint.key || effect !== taint.effect)
  return taints.length === held.taints.length ? [] : [putNode(state, held, { ...held, taints })]
}

export function nodeGone(state: ClusterState, { name, uid, resourceVersion }: EventOf<'NodeGone'>): Effect[] | null {
  const held = state.nodes.get(name)
  if (held?.uid !== uid) return null
  reach(state, 'Node', resourceVersion)
  return forgetNode(state, held, false)
}

/** Taking a taint away is tried again only while the node has it. */
function forgetUntaints(state: ClusterState, { uid, taints }: NodeFacts, left: NodeFacts['taints']): void {
  for (const { key, effect } of taints) {
    if (left.some(taint => taint.key === key && taint.effect === effect)) continue
    state.retries.delete(untaintKey(uid, { key, effect }))
  }
}

export function forgetNode(state: ClusterState, node: NodeFacts, inferred: boolean): Effect[] {
  state.nodes.delete(node.name)
  forgetUntaints(state, node, [])
  for (const daemonSet of state.daemonSets.values()) {
    const slot = daemonSet.slots.get(node.name)
    if (!slot) continue
    const concerned = slot.verdict === 'shouldRun' || slot.pods.size > 0
    slot.verdict = 'unknownNode'
    countSlot(state, daemonSet, slot)
    wakeSlot(state, daemonSet, node.name)
    if (concerned) wakeWhole(state, daemonSet)
  }
  return [{ kind: 'nodeGone', node, inferred }]
}

/** The rules look at nothing else of a node, but for what holds creations where that is asked for. */
function sameForRules(a: NodeFacts, b: NodeFacts): boolean {
  return canonicalJson([a.labels, a.taints]) === canonicalJson([b.labels, b.taints])
}
