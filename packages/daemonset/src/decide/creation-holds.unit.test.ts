import type { DaemonSetFacts, NodeFacts } from '@rollcall/contracts'
import { describe, expect, test } from 'vitest'
import { FakeCluster } from '../testing/fake-cluster.ts'
import { aDaemonSet, aNode, aTemplate } from '../testing/objects.ts'

function clusterOf(nodes: number, change: Partial<DaemonSetFacts> = {}): FakeCluster {
  const cluster = new FakeCluster()
  for (let index = 0; index < nodes; index++) cluster.putNode(aNode(`n${index}`))
  cluster.putDaemonSet(aDaemonSet(change))
  cluster.run()
  return cluster
}

const created = ({ commands }: FakeCluster) => commands.filter(({ type }) => type === 'CreatePod').length
const lastOn = ({ log }: FakeCluster, node: string) =>
  log
    .flatMap(({ point }) => point?.decisions ?? [])
    .filter(decision => decision.node === node)
    .at(-1)

const change = (cluster: FakeCluster, node: string, facts: Partial<NodeFacts>) => {
  cluster.putNode({ ...(cluster.nodes.get(node) ?? aNode(node)), ...facts })
  cluster.run()
}
const fails = (cluster: FakeCluster, node: string) => {
  for (const pod of [...cluster.pods.values()]) {
    if ((pod.nodeName ?? pod.target) !== node || pod.deletedAt !== null) continue
    cluster.putPod({ ...pod, nodeName: node, phase: 'Failed', ready: false })
  }
  cluster.run()
}

describe('back-off with surge (k/k#124388)', () => {
  const surge = { type: 'RollingUpdate', maxUnavailable: 0, maxSurge: 1 }
  /** A kubelet that rejects whatever comes, for a minute. */
  function creationsIn(annotations: Record<string, string>, template = false): number {
    const cluster = clusterOf(1, { updateStrategy: surge, annotations })
    const facts = cluster.daemonSets.get('uid-ds')
    if (template && facts) cluster.putDaemonSet({ ...facts, template: aTemplate({ images: ['image:2'] }) })
    cluster.kubelet = false
    const before = created(cluster)
    for (let tenth = 0; tenth < 600; tenth++) {
      fails(cluster, 'n0')
      cluster.pass(100)
      cluster.run()
    }
    return created(cluster) - before
  }

  test('a rejected pod is replaced without end; when asked, ever more slowly', () => {
    expect(creationsIn({})).toBeGreaterThan(300)
    expect(creationsIn({ 'rollcall.dev/surge-back-off': 'true' })).toBeLessThan(10)
  })

  test('also in the middle of a rollout', () => {
    expect(creationsIn({ 'rollcall.dev/surge-back-off': 'true' }, true)).toBeLessThan(10)
  })

  test('a node whose pods do not fail surges as before', () => {
    const cluster = clusterOf(2, { updateStrategy: surge, annotations: { 'rollcall.dev/surge-back-off': 'true' } })
    const facts = cluster.daemonSets.get('uid-ds')
    if (facts) cluster.putDaemonSet({ ...facts, template: aTemplate({ images: ['image:2'] }) })
    cluster.run()
    expect(created(cluster)).toBe(4)
    expect(cluster.pods.size).toBe(2)
  })
})

describe('nodes that are being stopped on purpose', () => {
  const asks = (words: string) => ({ annotations: { 'rollcall.dev/hold-creation-on': words } })
  const condition = (type: string, status = 'True') => ({ conditions: [{ type, status, since: 7 }] })

  test.each([
    ['shutdown', condition('GracefulNodeShutdownInProgress'), 'condition GracefulNodeShutdownInProgress'],
    ['maintenance', condition('MaintenanceInProgress'), 'condition MaintenanceInProgress'],
    ['drain', condition('DrainInProgress'), 'condition DrainInProgress'],
    ['drain', { labels: { 'rollcall.dev/drain': 'true' } }, 'label rollcall.dev/drain'],
    [
      'drain',
      { taints: [{ key: 'rollcall.dev/drain', value: '', effect: 'PreferNoSchedule' }] },
      'taint rollcall.dev/drain',
    ],
    ['cordon', { unschedulable: true }, 'spec.unschedulable'],
  ])('%s: nothing is created there while it lasts (%o)', (word, facts, sign) => {
    const cluster = clusterOf(1, asks(word))
    change(cluster, 'n0', facts)
    fails(cluster, 'n0')
    expect(created(cluster)).toBe(1)
    expect(cluster.pods.size).toBe(0)
    expect(lastOn(cluster, 'n0')).toMatchObject({
      action: 'wait',
      reason: { rule: 'node-being-stopped', facts: { on: word, sign } },
    })
    change(cluster, 'n0', { conditions: [], labels: {}, taints: [], unschedulable: false })
    expect(created(cluster)).toBe(2)
  })

  test('what was not asked for holds nothing', () => {
    const cluster = clusterOf(1, asks('maintenance'))
    change(cluster, 'n0', condition('GracefulNodeShutdownInProgress'))
    fails(cluster, 'n0')
    expect(created(cluster)).toBe(2)
  })

  test('a marker with the value false is none, a condition that is over neither', () => {
    const cluster = clusterOf(1, asks('shutdown,drain'))
    change(cluster, 'n0', {
      labels: { 'rollcall.dev/drain': 'false' },
      ...condition('GracefulNodeShutdownInProgress', 'False'),
    })
    fails(cluster, 'n0')
    expect(created(cluster)).toBe(2)
  })

  test('a rollout leaves their pods alone, and goes on elsewhere', () => {
    const cluster = clusterOf(3, asks('drain'))
    change(cluster, 'n0', { labels: { 'rollcall.dev/drain': '' } })
    const facts = cluster.daemonSets.get('uid-ds')
    if (facts) cluster.putDaemonSet({ ...facts, template: aTemplate({ images: ['image:2'] }) })
    cluster.run()
    const hashes = [...cluster.pods.values()].map(pod => [pod.nodeName, pod.labels['pod-template-generation']])
    expect(hashes.sort()).toEqual([
      ['n0', '1'],
      ['n1', '2'],
      ['n2', '2'],
    ])
    change(cluster, 'n0', { labels: {} })
    expect([...cluster.pods.values()].every(pod => pod.labels['pod-template-generation'] === '2')).toBe(true)
  })
})
