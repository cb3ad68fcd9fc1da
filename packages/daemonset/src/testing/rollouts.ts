import type { DaemonSetFacts, NodeFacts } from '@rollcall/contracts'
import { FakeCluster } from './fake-cluster.ts'
import { aDaemonSet, aNode, aTemplate } from './objects.ts'

/** Words that stories of rollouts are told with: one DaemonSet, `uid-ds`, on nodes n0, n1, … */

export type Asked = Record<string, string>

export const annotated = (asked: Asked) =>
  Object.fromEntries(Object.entries(asked).map(([name, value]) => [`rollcall.dev/${name}`, value]))

export const daemonSetOf = (cluster: FakeCluster) => cluster.daemonSets.get('uid-ds') as DaemonSetFacts

export function settled(nodes: readonly NodeFacts[], change: Partial<DaemonSetFacts> = {}): FakeCluster {
  const cluster = new FakeCluster()
  for (const node of nodes) cluster.putNode(node)
  cluster.putDaemonSet(aDaemonSet(change))
  cluster.run()
  return cluster
}

export const named = (count: number, change: Partial<NodeFacts> = {}) =>
  Array.from({ length: count }, (_, index) => aNode(`n${index}`, change))

/** A new template, or other annotations, or both. */
export function apply(cluster: FakeCluster, change: { image?: string; asked?: Asked }): void {
  const { image, asked } = change
  const held = daemonSetOf(cluster)
  cluster.putDaemonSet({
    ...held,
    ...(image === undefined ? {} : { template: aTemplate({ images: [image] }) }),
    ...(asked === undefined ? {} : { annotations: annotated(asked) }),
  })
}

/** Lets time pass second by second, so that every wait is seen to end. */
export function pass(cluster: FakeCluster, seconds: number): void {
  for (let second = 0; second < seconds; second++) {
    cluster.pass(1000)
    cluster.run()
  }
}

/** Nodes by the template their pod is of. */
export function nodesOn(cluster: FakeCluster, which: 'present' | 'older'): string[] {
  const hash = cluster.state.daemonSets.get('uid-ds')?.current?.hash
  return [...cluster.pods.values()]
    .filter(
      ({ labels, deletedAt }) =>
        deletedAt === null && (labels['controller-revision-hash'] === hash) === (which === 'present'),
    )
    .map(pod => pod.nodeName ?? pod.target ?? '')
    .sort()
}

export const rulesOf = (cluster: FakeCluster) =>
  cluster.log
    .flatMap(({ point }) => point?.decisions ?? [])
    .filter(({ node }) => node === null)
    .map(({ reason }) => reason.rule)
export const lastReason = (cluster: FakeCluster, rule: string) =>
  cluster.log.flatMap(({ point }) => point?.decisions ?? []).findLast(({ reason }) => reason.rule === rule)?.reason
    .facts

/** How many nodes may be under way at a time: their pods go first, or new ones come beside them. */
export const rolling = (by: 'maxUnavailable' | 'maxSurge', count: number) => ({
  updateStrategy: { type: 'RollingUpdate', maxUnavailable: 0, maxSurge: 0, [by]: count },
})
export const ready = (status: 'True' | 'False') => ({ conditions: [{ type: 'Ready', status, since: 0 }] })
