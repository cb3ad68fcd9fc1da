import { conditionOf, type Node, type Taint } from '../kinds.ts'

const prefix = 'node.kubernetes.io/'

/** Condition, the status that means trouble, and the taint's key. */
const troubles = [
  ['Ready', 'False', `${prefix}not-ready`],
  ['Ready', 'Unknown', `${prefix}unreachable`],
  ['MemoryPressure', 'True', `${prefix}memory-pressure`],
  ['DiskPressure', 'True', `${prefix}disk-pressure`],
  ['PIDPressure', 'True', `${prefix}pid-pressure`],
  ['NetworkUnavailable', 'True', `${prefix}network-unavailable`],
] as const

const unschedulable = `${prefix}unschedulable`

const managed: ReadonlySet<string> = new Set([
  ...troubles.flatMap(([type, , key]) => [`${key}:NoSchedule`, ...(type === 'Ready' ? [`${key}:NoExecute`] : [])]),
  `${unschedulable}:NoSchedule`,
])

/**
 * The node's taints as the node lifecycle controller keeps them (`node_lifecycle_controller.go`); the very list when
 * nothing is to change. Others' taints are left alone, in their order.
 */
export function wantedTaints(node: Node, now: string): readonly Taint[] | undefined {
  const present = node.spec.taints ?? []
  const wanted = new Map<string, Taint>()
  for (const [type, status, key] of troubles) {
    // A node that has not said anything yet is not ready.
    const is = conditionOf(node.status, type)?.status ?? (type === 'Ready' ? 'False' : null)
    if (is !== status) continue
    put(wanted, { key, effect: 'NoSchedule', timeAdded: now })
    if (type === 'Ready') put(wanted, { key, effect: 'NoExecute', timeAdded: now })
  }
  if (node.spec.unschedulable === true) put(wanted, { key: unschedulable, effect: 'NoSchedule', timeAdded: now })

  const kept = present.filter(taint => !managed.has(nameOf(taint)) || wanted.has(nameOf(taint)))
  const known = new Set(kept.map(nameOf))
  const added = [...wanted.values()].filter(taint => !known.has(nameOf(taint)))
  return kept.length === present.length && added.length === 0 ? node.spec.taints : [...kept, ...added]
}

function put(taints: Map<string, Taint>, taint: Taint): void {
  taints.set(nameOf(taint), taint)
}

function nameOf({ key, effect }: Taint): string {
  return `${key}:${effect}`
}
