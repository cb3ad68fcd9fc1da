import type { Change } from '../../objects/object-store.ts'
import { asNode, asPod, isTerminal, type Pod, partsOf } from '../kinds.ts'
import type { PodEnd } from '../kubelet/kubelet.ts'
import type { Part, PartPorts } from '../parts.ts'
import type { PodsByNode } from '../pods-by-node.ts'
import type { Pressure } from './node-shape.ts'

/** A kubelet looks at its thresholds this often, and evicts one pod at a time. */
const periodMs = 10_000
const criticalPriority = 2_000_000_000

const resources: readonly (readonly [Pressure, string])[] = [
  ['MemoryPressure', 'memory'],
  ['DiskPressure', 'ephemeral-storage'],
  ['PIDPressure', 'pids'],
]

export type PressureEvictionPorts = PartPorts & {
  readonly pods: PodsByNode
  readonly isUp: (node: string) => boolean
  readonly end: (namespace: string, name: string, end: PodEnd) => void
}

/**
 * A kubelet under pressure ends its pods, those first that asked for least (`pkg/kubelet/eviction`): by priority, then
 * best effort before others, then the youngest. Use is not simulated: the pressure lasts until the story takes it back.
 */
export function startPressureEviction(ports: PressureEvictionPorts): Part {
  const { store, timers, pods } = ports
  const running = new Set<string>()

  function evictOne(node: string): void {
    const resource = pressureOn(node)
    if (resource === null) {
      running.delete(node)
      return
    }
    timers.after(periodMs, () => evictOne(node))
    if (!ports.isUp(node)) return
    const [victim] = [...pods.podsOn(node)]
      .flatMap(key => store.find('pods', ...partsOf(key)) ?? [])
      .map(asPod)
      .filter(isEvictable)
      .sort(byRank)
    if (!victim) return
    const { namespace = '', name } = victim.metadata
    const message = `The node was low on resource: ${resource}. `
    ports.end(namespace, name, { phase: 'Failed', reason: 'Evicted', message })
  }

  function pressureOn(node: string): string | null {
    const conditions = pods.node(node)?.status.conditions ?? []
    const is = (type: Pressure) => conditions.some(condition => condition.type === type && condition.status === 'True')
    return resources.find(([type]) => is(type))?.[1] ?? null
  }

  function nodeChanged({ type, object }: Change): void {
    const { name } = object.metadata
    if (type === 'DELETED' || running.has(name)) return
    const hasPressure = asNode(object).status.conditions?.some(
      condition => condition.type.endsWith('Pressure') && condition.status === 'True',
    )
    if (!hasPressure) return
    running.add(name)
    timers.after(periodMs, () => evictOne(name))
  }

  const stop = store.watch('nodes', store.resourceVersion(), nodeChanged)
  return { stop }
}

function isEvictable(pod: Pod): boolean {
  return !isTerminal(pod) && pod.metadata.deletionTimestamp === undefined && (pod.spec.priority ?? 0) < criticalPriority
}

function byRank(a: Pod, b: Pod): number {
  const rank = (pod: Pod) => (pod.status.qosClass === 'BestEffort' ? 0 : pod.status.qosClass === 'Burstable' ? 1 : 2)
  const youth = a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1
  return (a.spec.priority ?? 0) - (b.spec.priority ?? 0) || rank(a) - rank(b) || youth
}
