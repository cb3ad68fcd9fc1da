import type { Pod, PodStatus } from '../kinds.ts'
import { matchesNode } from '../scheduler/affinity.ts'
import { missingResources } from '../scheduler/filters.ts'
import { NodeUsage } from '../scheduler/node-usage.ts'
import { isTolerated } from '../scheduler/tolerations.ts'
import type { PodView } from './pod-view.ts'

export type Refusal = Required<Pick<PodStatus, 'reason' | 'message'>>

const criticalPriority = 2_000_000_000

/**
 * Why a kubelet turns a pod down that was bound to its node (`lifecycle/predicate.go`, `eviction_manager.go: Admit`);
 * null when it takes it.
 */
export function refusalOf(view: PodView, key: string): Refusal | null {
  const { pod, node } = view
  if (!node) return null
  const pressure = pressureAgainst(pod, node.status.conditions ?? [])
  if (pressure) {
    return { reason: 'Evicted', message: `Pod was rejected: The node had condition: [${pressure}]. ` }
  }
  if (!matchesNode(pod, node)) {
    const message = "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"
    return { reason: 'NodeAffinity', message }
  }
  const [missing] = missingResources(pod, node, withoutPod(view, key))
  if (!missing) return null
  const { resource, wanted, used, capacity } = missing
  const shown = (amount: number) => (resource === 'cpu' ? amount : amount / 1000)
  const message = `Pod was rejected: Node didn't have enough resource: ${resource}, requested: ${shown(wanted)}, used: ${shown(used)}, capacity: ${shown(capacity)}`
  return { reason: `OutOf${resource}`, message }
}

/** The node's pressure that this pod must not add to. */
function pressureAgainst(
  pod: Pod,
  conditions: readonly { readonly type: string; readonly status: string }[],
): string | null {
  if ((pod.spec.priority ?? 0) >= criticalPriority) return null
  const has = (type: string) => conditions.some(condition => condition.type === type && condition.status === 'True')
  if (has('DiskPressure')) return 'DiskPressure'
  if (has('PIDPressure')) return 'PIDPressure'
  if (!has('MemoryPressure') || pod.status.qosClass !== 'BestEffort') return null
  const taint = { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' } as const
  return isTolerated(taint, pod) ? null : 'MemoryPressure'
}

/** What the others take: the pod itself is counted already. */
function withoutPod({ usage }: PodView, key: string): NodeUsage {
  const others = new NodeUsage()
  for (const [other, pod] of usage.pods) if (other !== key) others.add(other, pod)
  return others
}
