import type { KubeObject, SimulatedCluster } from '@rollcall/simulator'

type PodParts = {
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly image: string }[] }
  readonly status: {
    readonly phase?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

const partsOf = (pod: KubeObject) => pod as unknown as PodParts

export function imageOf(pod: KubeObject): string {
  return partsOf(pod).spec.containers[0]?.image ?? ''
}

export function isReady(pod: KubeObject): boolean {
  return partsOf(pod).status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}

function isLive({ metadata, ...pod }: KubeObject): boolean {
  const { phase } = (pod as unknown as PodParts).status
  return metadata.deletionTimestamp === undefined && phase !== 'Failed' && phase !== 'Succeeded'
}

/** Where a pod belongs: bound to, or meant for. */
function nodeOf(pod: KubeObject): string {
  const { nodeName } = partsOf(pod).spec
  if (nodeName) return nodeName
  const named = /"metadata\.name".*?\["([^"]+)"\]/.exec(JSON.stringify(pod.spec))
  return named?.[1] ?? ''
}

type Answer = readonly [node: string, pod: KubeObject]

/** Live pods of a DaemonSet, with their nodes: several on one node where it surges. */
export function answersOf({ store }: SimulatedCluster, daemonSet: string): readonly Answer[] {
  return store
    .list('pods', 'default')
    .filter(pod => isLive(pod) && pod.metadata.ownerReferences?.some(({ name }) => name === daemonSet))
    .map(pod => [nodeOf(pod), pod])
}

/** Nodes on which the DaemonSet has a ready pod, sorted; with an image, only pods of it. */
export function readyOn(cluster: SimulatedCluster, daemonSet: string, image?: string): readonly string[] {
  const ready = answersOf(cluster, daemonSet).filter(
    ([, pod]) => isReady(pod) && (image === undefined || imageOf(pod) === image),
  )
  return [...new Set(ready.map(([node]) => node))].sort()
}

export function nodesOf({ store }: SimulatedCluster): readonly string[] {
  return store
    .list('nodes', null)
    .map(({ metadata }) => metadata.name)
    .sort()
}

export function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name, index) => name === others[index])
}

/**
 * Watches one thing that must never be: two live pods of one DaemonSet on one node, of a DaemonSet that does not surge.
 * Gives what was seen of it.
 */
export function watchForDoubles(cluster: SimulatedCluster): { readonly doubles: readonly string[] } {
  const live = new Map<string, Set<string>>()
  const doubles: string[] = []
  cluster.store.watch('pods', cluster.store.resourceVersion(), ({ type, object }) => {
    const owner = object.metadata.ownerReferences?.find(({ kind }) => kind === 'DaemonSet')
    if (!owner) return
    const slot = `${owner.name} on ${nodeOf(object)}`
    const pods = live.get(slot) ?? new Set()
    live.set(slot, pods)
    if (type === 'DELETED' || !isLive(object)) pods.delete(object.metadata.name)
    else pods.add(object.metadata.name)
    if (pods.size > 1) doubles.push(`${slot}: ${[...pods].join(', ')}`)
  })
  return { doubles }
}

/** What the DaemonSet's status says. */
export function statusOf({ store }: SimulatedCluster, daemonSet: string): { readonly [field: string]: unknown } {
  return (store.get('daemonsets', 'default', daemonSet).status ?? {}) as { readonly [field: string]: unknown }
}

/** Nodes without a taint that a DaemonSet without tolerations of its own does not bear, sorted. */
export function eligibleNodes({ store }: SimulatedCluster): readonly string[] {
  const borne = /^node\.kubernetes\.io\/(disk-pressure|memory-pressure|pid-pressure|unschedulable)$/
  return store
    .list('nodes', null)
    .filter(({ spec }) =>
      ((spec as { taints?: readonly { key: string }[] }).taints ?? []).every(({ key }) => borne.test(key)),
    )
    .map(({ metadata }) => metadata.name)
    .sort()
}
