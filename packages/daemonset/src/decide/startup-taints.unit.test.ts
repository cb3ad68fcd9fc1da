import type { DaemonSetFacts } from '@rollcall/contracts'
import { expect, test } from 'vitest'
import { FakeCluster } from '../testing/fake-cluster.ts'
import { aDaemonSet, aNode, aTemplate } from '../testing/objects.ts'

const key = 'example.com/starting'
const startup = { key, value: '', effect: 'NoSchedule' }
const other = { key: 'team', value: 'a', effect: 'PreferNoSchedule' }
const tolerant = { key: '', operator: 'Exists', value: '', effect: '', tolerationSeconds: null }

function named(name: string, change: Partial<DaemonSetFacts> = {}, nodeSelector: Record<string, string> = {}) {
  return aDaemonSet({
    name,
    uid: `uid-${name}`,
    annotations: { 'rollcall.dev/startup-taint': key },
    selector: { matchLabels: { app: name }, matchExpressions: [] },
    template: aTemplate({ labels: { app: name }, tolerations: [tolerant], nodeSelector }),
    ...change,
  })
}

const world = (...daemonSets: readonly DaemonSetFacts[]) => {
  const cluster = new FakeCluster()
  cluster.putNode(aNode('n0', { taints: [startup, other] }))
  for (const each of daemonSets) cluster.putDaemonSet(each)
  cluster.run()
  return cluster
}
const taints = (cluster: FakeCluster) => cluster.nodes.get('n0')?.taints
const untaints = ({ commands }: FakeCluster) => commands.filter(({ type }) => type === 'UntaintNode')
const setReady = (cluster: FakeCluster, owner: string, ready: boolean) => {
  for (const pod of [...cluster.pods.values()]) {
    if (pod.owner?.name === owner) cluster.putPod({ ...pod, ready, readySince: ready ? cluster.now : null })
  }
  cluster.run()
}

test('the taint goes, and no other, once all daemons that name it are available; the last one to come up takes it', () => {
  const cluster = world(named('cni'), named('csi', { minReadySeconds: 10 }))
  expect(taints(cluster)).toEqual([startup, other])
  cluster.pass(10_000)
  cluster.run()
  expect(taints(cluster)).toEqual([other])
  expect(untaints(cluster)).toMatchObject([
    { daemonSet: { name: 'csi' }, node: 'n0', nodeUid: 'uid-n0', taint: startup },
  ])
  const said = cluster.log.flatMap(({ point }) => point?.decisions ?? [])
  expect(said.filter(({ reason }) => reason.rule === 'startup-taint-removed')).toMatchObject([
    { node: 'n0', reason: { facts: { taint: key, daemons: ['default/cni', 'default/csi'] } } },
  ])
})

test('a pod that is there and not available is waited for', () => {
  const cluster = new FakeCluster()
  cluster.kubelet = false
  cluster.putNode(aNode('n0', { taints: [startup] }))
  cluster.putDaemonSet(named('cni'))
  cluster.run()
  for (const pod of [...cluster.pods.values()]) cluster.putPod({ ...pod, nodeName: 'n0', phase: 'Running' })
  cluster.run()
  expect(taints(cluster)).toEqual([startup])
  setReady(cluster, 'cni', true)
  expect(taints(cluster)).toEqual([])
})

test('one that should not run on the node, or does not tolerate the taint, is not needed', () => {
  const intolerant = named('csi', { template: aTemplate({ labels: { app: 'csi' } }) })
  expect(taints(world(named('cni'), named('gpu', {}, { gpu: 'true' }), intolerant))).toEqual([other])
  expect(taints(world(named('gpu', {}, { gpu: 'true' })))).toEqual([startup, other])
})

test('one that is needed no longer holds the others up no longer', () => {
  for (const leave of [
    (cluster: FakeCluster, slow: DaemonSetFacts) => cluster.dropDaemonSet(slow.uid),
    (cluster: FakeCluster, slow: DaemonSetFacts) => cluster.putDaemonSet({ ...slow, annotations: {} }),
    (cluster: FakeCluster, slow: DaemonSetFacts) =>
      cluster.putDaemonSet({ ...slow, template: aTemplate({ labels: { app: 'slow' }, nodeSelector: { a: 'b' } }) }),
  ]) {
    const slow = named('slow', { minReadySeconds: 600 })
    const cluster = world(named('cni'), slow)
    expect(taints(cluster)).toEqual([startup, other])
    leave(cluster, slow)
    cluster.run()
    expect(taints(cluster)).toEqual([other])
  }
})

test('a node that gets the taint again, after a reboot, loses it again', () => {
  const cluster = world(named('cni'))
  const node = cluster.nodes.get('n0')
  if (node) cluster.putNode({ ...node, taints: [startup] })
  cluster.run()
  expect(untaints(cluster)).toHaveLength(2)
  expect(taints(cluster)).toEqual([])
})

test('what is refused is tried again, later', () => {
  const cluster = new FakeCluster()
  const forbidden = { result: 'refused', code: 403, reason: 'Forbidden', cause: '' } as const
  cluster.refuse = ({ type }) => (type === 'UntaintNode' ? forbidden : null)
  cluster.putNode(aNode('n0', { taints: [startup] }))
  cluster.putDaemonSet(named('cni'))
  cluster.run()
  expect(untaints(cluster)).toHaveLength(1)
  cluster.refuse = null
  cluster.pass(1000)
  cluster.run()
  expect(untaints(cluster)).toHaveLength(2)
  expect(taints(cluster)).toEqual([])
})

test('without the annotation, taints are nobody’s business', () => {
  const cluster = world(named('cni', { annotations: {} }))
  expect(untaints(cluster)).toEqual([])
})

test('trying again ends with the node, and with the taint', () => {
  for (const end of ['node', 'taint'] as const) {
    const cluster = world()
    cluster.refuse = ({ type }) =>
      type === 'UntaintNode' ? { result: 'refused', code: 403, reason: 'Forbidden', cause: '' } : null
    cluster.putDaemonSet(named('cni'))
    cluster.run()
    expect([...cluster.state.retries.keys()].filter(each => each.startsWith('UntaintNode/'))).toHaveLength(1)
    if (end === 'node') cluster.dropNode('n0')
    else cluster.putNode(aNode('n0', { taints: [other] }))
    cluster.run()
    expect([...cluster.state.retries.keys()].filter(each => each.startsWith('UntaintNode/'))).toEqual([])
  }
})
