import type { Command, DaemonSetFacts } from '@rollcall/contracts'
import { describe, expect, test } from 'vitest'
import { FakeCluster } from '../testing/fake-cluster.ts'
import { aDaemonSet, aNode, aPod, aTemplate } from '../testing/objects.ts'

const evicts = { 'rollcall.dev/voluntary-removal': 'evict' }

function clusterOf(nodes: number, change: Partial<DaemonSetFacts> = {}): FakeCluster {
  const cluster = new FakeCluster()
  for (let index = 0; index < nodes; index++) cluster.putNode(aNode(`n${index}`, { labels: { ssd: 'true' } }))
  cluster.putDaemonSet(aDaemonSet({ annotations: evicts, ...change }))
  cluster.run()
  return cluster
}

const update = (cluster: FakeCluster, change: Partial<DaemonSetFacts> = {}) => {
  const facts = cluster.daemonSets.get('uid-ds')
  if (facts) cluster.putDaemonSet({ ...facts, template: aTemplate({ images: ['image:2'] }), ...change })
  return cluster.run()
}
const pass = (cluster: FakeCluster, ms: number) => {
  cluster.pass(ms)
  return cluster.run()
}
const of = (type: Command['type'], { commands }: FakeCluster) => commands.filter(command => command.type === type)
const budget = { result: 'refused', code: 429, reason: 'TooManyRequests', cause: 'DisruptionBudget' } as const
const waits = ({ log }: FakeCluster) =>
  log.flatMap(({ point }) => point?.decisions ?? []).filter(({ reason }) => reason.rule === 'eviction-refused')
const isUpdated = ({ pods }: FakeCluster) =>
  [...pods.values()].every(({ labels }) => labels['pod-template-generation'] === '2')

describe('eviction instead of deletion', () => {
  test('a rollout evicts, within its budget as ever', () => {
    const cluster = clusterOf(3)
    update(cluster)
    expect(isUpdated(cluster)).toBe(true)
    expect(of('EvictPod', cluster)).toHaveLength(3)
    expect(of('DeletePod', cluster)).toHaveLength(0)
  })

  test('with surge the old pod is evicted when the new one is available', () => {
    const cluster = clusterOf(2, { updateStrategy: { type: 'RollingUpdate', maxUnavailable: 0, maxSurge: 1 } })
    update(cluster)
    expect(isUpdated(cluster)).toBe(true)
    expect([of('EvictPod', cluster).length, of('DeletePod', cluster).length]).toEqual([2, 0])
    expect(cluster.pods.size).toBe(2)
  })

  test('with surge, an old pod that its budget keeps stays beside the new one, is said to wait, and holds its place', () => {
    const cluster = clusterOf(3, { updateStrategy: { type: 'RollingUpdate', maxUnavailable: 0, maxSurge: 1 } })
    cluster.refuse = ({ type }) => (type === 'EvictPod' ? budget : null)
    update(cluster)
    for (let second = 0; second < 120; second++) pass(cluster, 1000)
    expect(cluster.pods.size).toBe(4)
    expect(of('DeletePod', cluster)).toEqual([])
    expect(waits(cluster)[0]).toMatchObject({ node: 'n0', action: 'wait' })
    cluster.refuse = null
    for (let second = 0; second < 120; second++) pass(cluster, 1000)
    expect([isUpdated(cluster), cluster.pods.size]).toEqual([true, 3])
    expect(of('DeletePod', cluster)).toEqual([])
  })

  test('a node that does not fit any more: evicted; one that drives pods out, failed pods and duplicates: deleted', () => {
    const cluster = clusterOf(2, { template: aTemplate({ nodeSelector: { ssd: 'true' } }) })
    cluster.putNode(aNode('n0'))
    cluster.run()
    expect(of('EvictPod', cluster)).toHaveLength(1)
    cluster.putPod(aPod('twin', { nodeName: 'n1', createdAt: cluster.now + 1 }))
    cluster.run()
    const [pod] = [...cluster.pods.values()]
    if (pod) cluster.putPod({ ...pod, phase: 'Failed' })
    cluster.run()
    cluster.putNode(aNode('n1', { labels: { ssd: 'true' }, taints: [{ key: 'k', value: '', effect: 'NoExecute' }] }))
    cluster.run()
    expect(of('EvictPod', cluster)).toHaveLength(1)
    expect(of('DeletePod', cluster)).toHaveLength(3)
    expect(cluster.pods.size).toBe(0)
  })

  test('what a budget refuses is asked for again, ever more slowly; nothing else is, and the reason says so', () => {
    const cluster = clusterOf(5)
    cluster.refuse = ({ type }) => (type === 'EvictPod' ? budget : null)
    update(cluster)
    expect(of('EvictPod', cluster)).toHaveLength(1)
    expect(waits(cluster)[0]).toMatchObject({
      node: 'n0',
      action: 'wait',
      reason: { facts: { refusals: 1, until: cluster.now + 1000, isMine: true } },
    })
    for (let second = 0; second < 300; second++) pass(cluster, 1000)
    const asked = of('EvictPod', cluster).length
    expect(asked).toBeGreaterThan(10)
    expect(asked).toBeLessThan(20)
    // Others had their turn: a budget of one pod holds nobody else up.
    expect(new Set(of('EvictPod', cluster).map(command => 'node' in command && command.node)).size).toBe(5)
    cluster.refuse = null
    for (let second = 0; second < 400; second++) pass(cluster, 1000)
    expect(isUpdated(cluster)).toBe(true)
    expect(of('DeletePod', cluster)).toHaveLength(0)
  })

  test('a pod that its budget never lets go does not hold up the others', () => {
    const cluster = clusterOf(4)
    cluster.refuse = command => (command.type === 'EvictPod' && command.node === 'n0' ? budget : null)
    update(cluster)
    for (let second = 0; second < 60; second++) pass(cluster, 1000)
    const old = [...cluster.pods.values()].filter(({ labels }) => labels['pod-template-generation'] === '1')
    expect(old.map(({ nodeName }) => nodeName)).toEqual(['n0'])
  })

  test('what was refused, or waits for another one, has not been replaced: it spends nothing of a canary or a batch', () => {
    const asked = { ...evicts, 'rollcall.dev/canary': '2', 'rollcall.dev/rollout-batch': '2' }
    const cluster = clusterOf(4, { annotations: asked })
    cluster.refuse = ({ type }) => (type === 'EvictPod' ? budget : null)
    update(cluster)
    for (let second = 0; second < 10; second++) pass(cluster, 1000)
    const reached = cluster.log
      .flatMap(({ point }) => point?.marks ?? [])
      .filter(({ kind }) => kind === 'rolloutReached')
    expect(reached.length).toBeLessThanOrEqual(of('EvictPod', cluster).length)
    cluster.refuse = null
    for (let second = 0; second < 400; second++) pass(cluster, 1000)
    const fresh = [...cluster.pods.values()].filter(({ labels }) => labels['pod-template-generation'] === '2')
    expect(fresh).toHaveLength(2)
  })

  test('a wish that makes no sense holds the rollout: somebody wanted budgets to be asked', () => {
    const cluster = clusterOf(1, { annotations: { 'rollcall.dev/voluntary-removal': 'gently' } })
    update(cluster)
    expect(isUpdated(cluster)).toBe(false)
    expect(cluster.events).toContain('Warning InvalidAnnotation')
  })

  test('without the wish, pods are deleted', () => {
    const cluster = clusterOf(2, { annotations: {} })
    update(cluster)
    expect(of('EvictPod', cluster)).toHaveLength(0)
    expect(of('DeletePod', cluster)).toHaveLength(2)
  })
})
