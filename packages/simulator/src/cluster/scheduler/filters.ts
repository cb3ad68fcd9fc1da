import type { Node, Pod } from '../kinds.ts'
import { matchesNode } from './affinity.ts'
import { hostPortsOf, type NodeUsage } from './node-usage.ts'
import { requestsOf, resourcesOf } from './requests.ts'
import { isTolerated, tolerates } from './tolerations.ts'

/** Why a node will not do. `mayFreeUp`: the end of other pods there could change it (preemption would be tried). */
export type Rejection = { readonly reasons: readonly string[]; readonly mayFreeUp: boolean }

type Filter = (pod: Pod, node: Node, usage: NodeUsage) => Rejection | null

const never = (reason: string): Rejection => ({ reasons: [reason], mayFreeUp: false })

const unschedulable: Filter = (pod, node) => {
  if (node.spec.unschedulable !== true) return null
  const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const
  const isFine = (pod.spec.tolerations ?? []).some(toleration => tolerates(toleration, taint))
  return isFine ? null : never('node(s) were unschedulable')
}

const taints: Filter = (pod, node) => {
  const unbearable = (node.spec.taints ?? []).some(
    taint => taint.effect !== 'PreferNoSchedule' && !isTolerated(taint, pod),
  )
  // Since 1.35 the message names neither key nor value.
  return unbearable ? never('node(s) had untolerated taint(s)') : null
}

const affinity: Filter = (pod, node) =>
  matchesNode(pod, node) ? null : never("node(s) didn't match Pod's node affinity/selector")

const ports: Filter = (pod, _, usage) =>
  hostPortsOf(pod).some(port => usage.hasHostPort(port))
    ? { reasons: ["node(s) didn't have free ports for the requested pod ports"], mayFreeUp: true }
    : null

const resources: Filter = (pod, node, usage) => {
  const missing = missingResources(pod, node, usage)
  if (missing.length === 0) return null
  const reasons = missing.map(({ resource }) => (resource === 'pods' ? 'Too many pods' : `Insufficient ${resource}`))
  return { reasons, mayFreeUp: missing.every(({ wanted, capacity }) => wanted <= capacity) }
}

export type MissingResource = {
  readonly resource: string
  readonly wanted: number
  readonly used: number
  readonly capacity: number
}

const allocatableOf = new WeakMap<object, ReadonlyMap<string, number>>()

/** Resources of which the node has not enough left for the pod, in thousandths. */
export function missingResources(pod: Pod, node: Node, usage: NodeUsage): readonly MissingResource[] {
  const amounts = node.status.allocatable ?? {}
  let allocatable = allocatableOf.get(amounts)
  if (!allocatable) {
    allocatable = resourcesOf(amounts)
    allocatableOf.set(amounts, allocatable)
  }
  const missing: MissingResource[] = []
  const look = (resource: string, wanted: number, used: number) => {
    const capacity = allocatable.get(resource) ?? 0
    if (wanted > 0 && wanted > capacity - used) missing.push({ resource, wanted, used, capacity })
  }
  look('pods', 1000, usage.pods.size * 1000)
  for (const [resource, wanted] of requestsOf(pod)) look(resource, wanted, usage.used(resource))
  return missing
}

/** In the order of kube-scheduler's default plugins; the first that rejects a node gives the reasons. */
const filters: readonly Filter[] = [unschedulable, taints, affinity, ports, resources]

/** Why the pod cannot go to this node; null when it can. */
export function rejectionOf(pod: Pod, node: Node, usage: NodeUsage): Rejection | null {
  for (const filter of filters) {
    const rejection = filter(pod, node, usage)
    if (rejection) return rejection
  }
  return null
}

/** The pod names only nodes other than these (`NodeAffinity` in PreFilter). */
export const notNamed: Rejection = never("node(s) didn't satisfy plugin(s) [NodeAffinity]")
