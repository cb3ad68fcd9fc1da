import type { DaemonSetFacts, PodFacts } from '@rollcall/contracts'
import type { DaemonSet, Pod } from './state.ts'

/** The label that names a pod's ControllerRevision. */
export const hashLabel = 'controller-revision-hash'
export const generationLabel = 'pod-template-generation'

export const isLive = ({ facts }: Pod): boolean => facts.deletedAt === null
export const isTerminal = ({ facts }: Pod): boolean => facts.phase === 'Failed' || facts.phase === 'Succeeded'
export const isActive = (pod: Pod): boolean => isLive(pod) && !isTerminal(pod)

/** Where a pod belongs: bound there, or aimed there by its affinity (spec §1.9). */
export const nodeOf = (facts: PodFacts): string | null => facts.nodeName ?? facts.target

/** The pods that occupy a slot: without those that are terminal and being deleted (spec §3.2). */
export function groupOf(pods: Iterable<Pod>): Pod[] {
  const group: Pod[] = []
  for (const pod of pods) if (isLive(pod) || !isTerminal(pod)) group.push(pod)
  return group.length > 1 ? group.sort(comparePods) : group
}

/** Which of several to keep: bound before unbound, then the older, then by name (spec §3.4). */
export function comparePods(a: Pod, b: Pod): number {
  const aBound = a.facts.nodeName !== null
  if (aBound !== (b.facts.nodeName !== null)) return aBound ? -1 : 1
  if (a.facts.createdAt !== b.facts.createdAt) return a.facts.createdAt - b.facts.createdAt
  return a.facts.name < b.facts.name ? -1 : 1
}

/** When a ready pod becomes (or became) available; null: it is not ready (spec §1.10). */
export function availableAt(pod: Pod, daemonSet: DaemonSetFacts): number | null {
  const { ready, readySince } = pod.facts
  if (!ready) return null
  if (daemonSet.minReadySeconds <= 0) return 0
  return readySince === null ? null : readySince + daemonSet.minReadySeconds * 1000
}

export function isAvailable(pod: Pod, daemonSet: DaemonSetFacts, now: number): boolean {
  const at = availableAt(pod, daemonSet)
  return at !== null && at <= now
}

/** Whether the pod runs the present template: by revision hash or by template generation; either is enough (spec §1.10). */
export function isUpdated(pod: Pod, daemonSet: DaemonSet): boolean {
  if (carriesPresentHash(pod, daemonSet)) return true
  const { templateGeneration } = daemonSet.facts
  return templateGeneration !== null && pod.facts.labels[generationLabel] === String(templateGeneration)
}

export function carriesPresentHash({ facts }: Pod, { current }: DaemonSet): boolean {
  const hash = facts.labels[hashLabel]
  return hash !== undefined && current !== null && (hash === current.hash || current.twins.includes(hash))
}
