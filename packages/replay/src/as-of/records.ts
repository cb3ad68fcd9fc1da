import type { DaemonSetRecord, NodeRecord, Placement } from '@rollcall/contracts/api'
import type { ClusterState } from '@rollcall/daemonset'

/**
 * What the state of one moment says, in the shapes of the auditor's API. What only the history before it could say (when
 * something was first seen, or last changed) is left out: the state is folded from the nearest snapshot, and does not hold it.
 */
type Untold = 'firstSeenAt' | 'lastChangedAt' | 'lastPosition' | 'goneAt' | 'inferred'
export type NodeAsOf = Omit<NodeRecord, Untold>
/** `status`: as the object said it then. */
export type DaemonSetAsOf = Omit<DaemonSetRecord, Untold>
/**
 * `openedAt` is the pod's creation as the API server wrote it (whole seconds); `readyAt`: since when it has been ready.
 */
export type PlacementAsOf = Omit<Placement, 'openedPosition' | 'boundAt' | 'finishedAt' | 'ending'>

const instant = (ms: number): string => new Date(ms).toISOString()

type PodState = ClusterState['pods'] extends ReadonlyMap<string, infer P> ? P : never

/** Pods that a DaemonSet owns and whose node is known, by node and name: what a placement is. */
function placed(state: ClusterState): (PodState & { readonly node: string })[] {
  return [...state.pods.values()]
    .flatMap(pod => (pod.facts.owner?.kind === 'DaemonSet' && pod.node !== null ? [{ ...pod, node: pod.node }] : []))
    .sort((a, b) => order(a.node, b.node) || order(a.facts.name, b.facts.name))
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export function nodesAsOf(state: ClusterState): NodeAsOf[] {
  const pods = Map.groupBy(placed(state), ({ node }) => node)
  return [...state.nodes.values()]
    .map(({ name, uid, createdAt, labels, taints, unschedulable, conditions }) => {
      const ready = conditions.find(({ type }) => type === 'Ready')
      return {
        cluster: state.cluster,
        name,
        uid,
        createdAt: instant(createdAt),
        labels,
        taints,
        unschedulable,
        ready: ready ? ready.status === 'True' : null,
        conditions,
        pods: figuresOf(pods.get(name) ?? []),
      }
    })
    .sort((a, b) => order(a.name, b.name))
}

const figuresOf = (pods: readonly PodState[]) => ({
  total: pods.length,
  ready: pods.filter(({ facts }) => facts.ready).length,
})

export function daemonSetsAsOf(state: ClusterState): DaemonSetAsOf[] {
  const pods = Map.groupBy(placed(state), ({ facts }) => facts.owner?.uid ?? '')
  return [...state.daemonSets.values()]
    .map(daemonSet => {
      const { facts, current } = daemonSet
      const { namespace, name, uid, generation, annotations, template, updateStrategy } = facts
      const own = pods.get(uid) ?? []
      const revision = current && state.revisions.get(`${namespace}/${current.name}`)
      return {
        cluster: state.cluster,
        namespace,
        name,
        uid,
        createdAt: instant(facts.createdAt),
        deletedAt: facts.deletedAt === null ? null : instant(facts.deletedAt),
        generation,
        annotations,
        images: template.images,
        nodeSelector: template.nodeSelector,
        updateStrategy,
        revision:
          revision && current ? { name: current.name, number: revision.facts.revision, hash: current.hash } : null,
        status: facts.status,
        pods: {
          ...figuresOf(own),
          updated: own.filter(pod => pod.facts.labels['controller-revision-hash'] === current?.hash).length,
        },
      }
    })
    .sort((a, b) => order(a.namespace, b.namespace) || order(a.name, b.name))
}

export function placementsAsOf(state: ClusterState): PlacementAsOf[] {
  return placed(state).map(({ facts, node, provisional }) => ({
    cluster: state.cluster,
    namespace: facts.namespace,
    daemonSet: { name: facts.owner?.name ?? '', uid: facts.owner?.uid ?? '' },
    node,
    pod: { name: facts.name, uid: facts.uid },
    revision: facts.labels['controller-revision-hash'] ?? null,
    openedAt: instant(facts.createdAt),
    openedBy: facts.commandId,
    provisional,
    phase: facts.phase,
    ready: facts.ready,
    readyAt: facts.ready && facts.readySince !== null ? instant(facts.readySince) : null,
    // The object names the end of its grace.
    terminatingAt: facts.deletedAt === null ? null : instant(Math.min(facts.deletedAt, state.now)),
    closed: null,
  }))
}
