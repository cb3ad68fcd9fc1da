import { byName, type ClusterState, type DaemonSet } from './state.ts'
import { wakeSlot } from './wake.ts'

/** The DaemonSets that name this taint and should run on the node: those it needs. By namespace and name. */
export function neededOn(state: ClusterState, taint: string, node: string): DaemonSet[] {
  return naming(state, taint)
    .filter(({ facts, slots }) => facts.deletedAt === null && slots.get(node)?.verdict === 'shouldRun')
    .sort((a, b) => byName(a.facts, b.facts))
}

/** Which nodes a DaemonSet counts on has changed: the others that name its taint may have waited for it alone. */
export function wakeOthersOf(state: ClusterState, daemonSet: DaemonSet, taint: string | null): void {
  if (taint === null) return
  for (const other of naming(state, taint)) {
    if (other === daemonSet) continue
    for (const node of other.slots.keys()) if (isTainted(state, node, taint)) wakeSlot(state, other, node)
  }
}

const naming = ({ daemonSets }: ClusterState, taint: string): DaemonSet[] =>
  [...daemonSets.values()].filter(({ policy }) => policy.startupTaint === taint)

const isTainted = ({ nodes }: ClusterState, node: string, taint: string): boolean =>
  nodes.get(node)?.taints.some(({ key }) => key === taint) ?? false
