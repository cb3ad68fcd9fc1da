import type { Draft, KubeObject } from '../../objects/object-store.ts'
import { asNode, asPod, conditionOf, type Pod } from '../kinds.ts'
import { type ClusterSettings, createSimulatedCluster, type SimulatedCluster } from '../simulated-cluster.ts'
import { createVirtualTime, type VirtualTime } from '../time/virtual-time.ts'

/** A cluster under virtual time, started, with this many nodes `n1`, `n2`, … that are ready. */
export async function worldOf(nodes: number, options: { seed?: string; settings?: Partial<ClusterSettings> } = {}) {
  const time = createVirtualTime()
  const cluster = createSimulatedCluster({ name: 'c', seed: options.seed ?? 'seed', ...time, ...options })
  cluster.start()
  for (let number = 1; number <= nodes; number++) cluster.addNode({ name: `n${number}`, zone: `z${number % 3}` })
  if (nodes > 0) await time.until('all nodes are ready and free of taints', () => nodesAreFree(cluster))
  return { time, cluster, store: cluster.store }
}

export function nodesAreFree(cluster: SimulatedCluster): boolean {
  return cluster.store
    .list('nodes', null)
    .every(node => taintsOf(node).length === 0 && conditionOf(asNode(node).status, 'Ready')?.status === 'True')
}

/** `key:effect` of each. */
export function taintsOf(node: KubeObject): readonly string[] {
  const { taints = [] } = (node.spec ?? {}) as { taints?: readonly { key: string; effect: string }[] }
  return taints.map(({ key, effect }) => `${key}:${effect}`)
}

export const daemonTolerations = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map(what => ({
    key: `node.kubernetes.io/${what}`,
    operator: 'Exists',
    effect: 'NoSchedule',
  })),
]

/** A pod as a DaemonSet controller makes one for a node; null: a plain pod. */
export function podDraft(
  name: string,
  node: string | null,
  more: { image?: string; spec?: object; container?: object; metadata?: object } = {},
): Draft {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }]
  const daemon = {
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } },
    },
    tolerations: daemonTolerations,
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...more.metadata },
    spec: {
      containers: [{ name: 'c', image: more.image ?? 'registry/app:1', ...more.container }],
      ...(node === null ? {} : daemon),
      ...more.spec,
    },
  }
}

export function podOf({ store }: SimulatedCluster, name: string): Pod {
  return asPod(store.get('pods', 'default', name))
}

export function isReady(cluster: SimulatedCluster, name: string): boolean {
  const pod = cluster.store.find('pods', 'default', name)
  return pod !== null && conditionOf(asPod(pod).status, 'Ready')?.status === 'True'
}

/** `Reason: message` of all Events about an object, in the order they were first written. */
export function told({ store }: SimulatedCluster, about: string): readonly string[] {
  return store
    .list('events', null)
    .map(
      event => event as unknown as { involvedObject: { name: string }; reason: string; message: string } & KubeObject,
    )
    .filter(({ involvedObject }) => involvedObject.name === about)
    .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    .map(({ reason, message }) => `${reason}: ${message}`)
}

/** What a pod's first container is doing: `running`, or the reason of its waiting or end. */
export function doing(pod: Pod): string {
  const state = pod.status.containerStatuses?.[0]?.state
  if (!state) return 'nothing'
  if ('running' in state) return 'running'
  return 'waiting' in state ? state.waiting.reason : state.terminated.reason
}

export type World = { readonly time: VirtualTime; readonly cluster: SimulatedCluster }
