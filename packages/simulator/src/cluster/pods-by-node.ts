import type { ObjectStore } from '../objects/object-store.ts'
import { asNode, asPod, isTerminal, keyOf, type Node, type Pod } from './kinds.ts'
import { NodeUsage } from './scheduler/node-usage.ts'

/** Nodes and the pods bound to them, kept from a watch: what several parts would otherwise list again and again. */
export interface PodsByNode {
  node(name: string): Node | null
  nodeNames(): Iterable<string>
  nodeCount(): number
  /** Pods that are bound to the node and not terminal, and what they take of it. Also of nodes that are gone. */
  usage(node: string): NodeUsage
  /** Keys of all pods bound to the node, terminal ones too, in the order they came. */
  podsOn(node: string): ReadonlySet<string>
  stop(): void
}

const none: ReadonlySet<string> = new Set()

/** Start it before the parts that use it: listeners are called in the order they were added. */
export function startPodsByNode(store: ObjectStore): PodsByNode {
  const nodes = new Map<string, Node>()
  const usages = new Map<string, NodeUsage>()
  const bound = new Map<string, Set<string>>()

  function usage(node: string): NodeUsage {
    let found = usages.get(node)
    if (!found) {
      found = new NodeUsage()
      usages.set(node, found)
    }
    return found
  }

  function put(pod: Pod): void {
    const node = pod.spec.nodeName
    if (!node) return
    const key = keyOf(pod)
    let keys = bound.get(node)
    if (!keys) {
      keys = new Set()
      bound.set(node, keys)
    }
    keys.add(key)
    if (isTerminal(pod)) usage(node).remove(key)
    else usage(node).add(key, pod)
  }

  function drop(pod: Pod): void {
    const node = pod.spec.nodeName
    if (!node) return
    usages.get(node)?.remove(keyOf(pod))
    bound.get(node)?.delete(keyOf(pod))
    if (bound.get(node)?.size === 0 && !nodes.has(node)) {
      bound.delete(node)
      usages.delete(node)
    }
  }

  const since = store.resourceVersion()
  for (const object of store.list('nodes', null)) nodes.set(object.metadata.name, asNode(object))
  for (const object of store.list('pods', null)) put(asPod(object))
  const stops = [
    store.watch('nodes', since, ({ type, object }) => {
      if (type === 'DELETED') nodes.delete(object.metadata.name)
      else nodes.set(object.metadata.name, asNode(object))
    }),
    store.watch('pods', since, ({ type, object }) => {
      if (type === 'DELETED') drop(asPod(object))
      else put(asPod(object))
    }),
  ]

  return {
    node: name => nodes.get(name) ?? null,
    nodeNames: () => nodes.keys(),
    nodeCount: () => nodes.size,
    usage,
    podsOn: node => bound.get(node) ?? none,
    stop() {
      for (const stop of stops) stop()
    },
  }
}
