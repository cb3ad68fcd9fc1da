import { isTerminal } from './pods.ts'
import { selectorMatches } from './selectors.ts'
import { type ClusterState, type DaemonSet, indexAdd, indexDelete, type Pod } from './state.ts'
import { wakeSlot } from './wake.ts'

/** A pod whose DaemonSet is not known: deleted, or deleted and made anew. It stands on its node until it has ended. */
export function addStray(state: ClusterState, key: string, { node }: Pod): void {
  if (node !== null) indexAdd(state.strays, node, key)
}

/** The pod has gone, or its DaemonSet is known now. */
export function removeStray(state: ClusterState, key: string, { node, facts }: Pod): void {
  if (node === null || !state.strays.has(node)) return
  indexDelete(state.strays, node, key)
  for (const daemonSet of state.daemonSetsByNamespace.get(facts.namespace)?.values() ?? []) {
    if (daemonSet.policy.waitsForPredecessor && daemonSet.slots.has(node)) wakeSlot(state, daemonSet, node)
  }
}

/** The stray on this node that the DaemonSet comes after: of its name, or with its labels. Null: none that has not ended. */
export function strayBefore(state: ClusterState, { facts }: DaemonSet, node: string): Pod | null {
  for (const key of [...(state.strays.get(node) ?? [])].sort()) {
    const pod = state.pods.get(key)
    if (!pod || pod.facts.namespace !== facts.namespace || isTerminal(pod)) continue
    if (pod.facts.owner?.name === facts.name || selectorMatches(facts.selector, pod.facts.labels)) return pod
  }
  return null
}
