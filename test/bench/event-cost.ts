/**
 * `pnpm bench event-cost`: what one event costs the core (evolve, decide, applyDecision), in clusters of
 * several sizes. It should follow what the event touches, so the columns should differ little from row to row.
 */
import { applyDecision, decide, evolve, needsDecision } from '@rollcall/daemonset'
import { FakeCluster } from '../../packages/daemonset/src/testing/fake-cluster.ts'
import { aDaemonSet, aNode, aPod, aTemplate } from '../../packages/daemonset/src/testing/objects.ts'

const daemonSets = 10
const events = 5_000

/** A settled cluster: every node has a ready pod of every DaemonSet. */
function settled(nodes: number): FakeCluster {
  const cluster = new FakeCluster()
  for (let index = 0; index < daemonSets; index++) {
    cluster.putDaemonSet(aDaemonSet({ name: `ds-${index}`, uid: `uid-ds-${index}` }))
    for (let node = 0; node < nodes; node++) {
      const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: `ds-${index}`, uid: `uid-ds-${index}` }
      cluster.putPod(aPod(`pod-${index}-${node}`, { nodeName: `node-${node}`, owner }))
    }
  }
  for (let node = 0; node < nodes; node++) cluster.putNode(aNode(`node-${node}`))
  while (cluster.deliver(false));
  cluster.decideNow()
  cluster.run()
  return cluster
}

/** Microseconds per event. */
function measure(cluster: FakeCluster, change: (index: number) => void): string {
  for (let index = 0; index < events; index++) change(index)
  const waiting = cluster.watch.splice(0)
  const began = performance.now()
  for (const event of waiting) {
    if (evolve(cluster.state, event) === null || !needsDecision(cluster.state)) continue
    applyDecision(cluster.state, decide(cluster.state))
  }
  return (((performance.now() - began) / waiting.length) * 1_000).toFixed(1)
}

/** Microseconds per event of a whole rollout of one DaemonSet, 2% at a time, as the cluster's own events drive it. */
function measureRollout(
  nodes: number,
  strategy: { maxUnavailable: number | string; maxSurge: number | string },
): string {
  const cluster = settled(nodes)
  const fold = cluster.fold.bind(cluster)
  let count = 0
  let ms = 0
  cluster.fold = event => {
    const began = performance.now()
    fold(event)
    ms += performance.now() - began
    count += 1
  }
  const template = aTemplate({ images: ['image:2'] })
  const updateStrategy = { type: 'RollingUpdate', ...strategy }
  cluster.putDaemonSet(aDaemonSet({ name: 'ds-0', uid: 'uid-ds-0', template, updateStrategy }))
  cluster.run(100_000)
  return ((ms / count) * 1_000).toFixed(1)
}

console.log(`µs per event, ${daemonSets} DaemonSets, ${events} events of each kind`)
const titles = ['nodes', 'pod becomes ready', 'node label', 'node taint', 'rollout', 'rollout, surge']
console.log(titles.map(title => title.padStart(18)).join(''))
for (const nodes of [100, 500, 5_000]) {
  const cluster = settled(nodes)
  const podReady = measure(cluster, index => {
    const pod = cluster.pods.get(`pod-0-${index % nodes}`)
    if (pod) cluster.putPod({ ...pod, ready: !pod.ready, readySince: pod.ready ? null : cluster.now })
  })
  const label = measure(cluster, index =>
    cluster.putNode(aNode(`node-${index % nodes}`, { labels: { n: `${index}` } })),
  )
  const taint = measure(cluster, index =>
    cluster.putNode(
      aNode(`node-${index % nodes}`, { taints: [{ key: 'k', value: `${index}`, effect: 'NoSchedule' }] }),
    ),
  )
  const rollout = measureRollout(nodes, { maxUnavailable: '2%', maxSurge: 0 })
  const surge = measureRollout(nodes, { maxUnavailable: 0, maxSurge: '2%' })
  console.log([String(nodes), podReady, label, taint, rollout, surge].map(cell => cell.padStart(18)).join(''))
}
