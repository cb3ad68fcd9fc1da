import type { DaemonSetFacts, PodFacts } from '@rollcall/contracts'
import { FakeCluster } from './fake-cluster.ts'
import { aDaemonSet, aNode, aPod, aTemplate } from './objects.ts'

export type Pair = readonly [created: number, deleted: number]
export const own = { app: 'ds', 'pod-template-generation': '1' }
export const foreign = { app: 'other', 'pod-template-generation': '1' }
export const rolling = (maxUnavailable: number | string, maxSurge: number | string = 0) => ({
  updateStrategy: { type: 'RollingUpdate', maxUnavailable, maxSurge },
})
export const withImage = (image: string, change: Partial<DaemonSetFacts> = {}) =>
  aDaemonSet({ template: aTemplate({ images: [image] }), ...change })

export function commanded(cluster: FakeCluster): Pair {
  const commands = cluster.run()
  const count = (wanted: string) => commands.filter(({ type }) => type === wanted).length
  return [count('CreatePod'), count('DeletePod')]
}

/** Pods on a node, oldest first. */
export function podsOn(node: string, count: number, labels: Record<string, string> = own): PodFacts[] {
  return Array.from({ length: count }, (_, index) =>
    aPod(`${node}-${labels.app}-${index}`, { nodeName: node, labels, createdAt: index }),
  )
}

/** The pods stand in the cluster before their nodes are seen, so that the first decision knows all. */
export function clusterOf(
  daemonSet: DaemonSetFacts,
  pods: readonly PodFacts[],
  nodes: readonly ReturnType<typeof aNode>[],
) {
  const cluster = new FakeCluster()
  for (const pod of pods) cluster.putPod(pod)
  for (const node of nodes) cluster.putNode(node)
  cluster.putDaemonSet(daemonSet)
  return cluster
}

export const plain = (count: number) => Array.from({ length: count }, (_, index) => aNode(`node-${index}`))
