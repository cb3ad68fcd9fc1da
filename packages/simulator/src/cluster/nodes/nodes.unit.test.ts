import { expect, test } from 'vitest'
import { conditionOf } from '../kinds.ts'
import { isReady, nodesAreFree, podDraft, podOf, taintsOf, told, worldOf } from '../testing/world.ts'

test('a node joins not ready, and its taint goes when its kubelet is', async () => {
  const { cluster, time, store } = await worldOf(0)
  cluster.addNode({ name: 'n1', zone: 'z1', taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] })
  await time.advance(300)
  expect(taintsOf(store.get('nodes', '', 'n1'))).toContain('node.kubernetes.io/not-ready:NoSchedule')
  await time.until('it is free but for its own taint', () => taintsOf(store.get('nodes', '', 'n1')).length === 1)
  const node = store.get('nodes', '', 'n1')
  expect(taintsOf(node)).toEqual(['gpu:NoSchedule'])
  expect(node.metadata.labels).toMatchObject({ 'kubernetes.io/hostname': 'n1', 'topology.kubernetes.io/zone': 'z1' })
  expect(node.status).toMatchObject({ capacity: { cpu: '4', pods: '110' }, nodeInfo: { kubeletVersion: 'v1.37.2' } })
  expect(store.find('leases', 'kube-node-lease', 'n1')?.metadata.ownerReferences?.[0]?.uid).toBe(node.metadata.uid)
})

test('heartbeats change the lease and leave the node alone', async () => {
  const { time, store } = await worldOf(1)
  const before = store.get('nodes', '', 'n1')
  const lease = store.get('leases', 'kube-node-lease', 'n1')
  await time.advance(60_000)
  expect(store.get('nodes', '', 'n1')).toBe(before)
  expect(store.get('leases', 'kube-node-lease', 'n1').spec).not.toEqual(lease.spec)
})

test('a cordoned node is tainted, keeps its pod, and is free again afterwards', async () => {
  const { cluster, time, store } = await worldOf(1)
  store.create('pods', 'default', podDraft('p', 'n1'))
  await time.until('the pod is ready', () => isReady(cluster, 'p'))
  cluster.cordon('n1')
  await time.advance(1_000)
  expect(taintsOf(store.get('nodes', '', 'n1'))).toEqual(['node.kubernetes.io/unschedulable:NoSchedule'])
  expect(isReady(cluster, 'p')).toBe(true)
  cluster.cordon('n1', false)
  await time.until('the node is free', () => nodesAreFree(cluster))
})

test('a node that is not ready has both taints, and its pods are not ready', async () => {
  const { cluster, time, store } = await worldOf(1)
  store.create('pods', 'default', podDraft('p', 'n1'))
  await time.until('the pod is ready', () => isReady(cluster, 'p'))
  cluster.setNodeReady('n1', false)
  await time.advance(1_000)
  expect(taintsOf(store.get('nodes', '', 'n1'))).toEqual([
    'node.kubernetes.io/not-ready:NoSchedule',
    'node.kubernetes.io/not-ready:NoExecute',
  ])
  expect(isReady(cluster, 'p')).toBe(false)
  expect(told(cluster, 'p')).toContain('NodeNotReady: Node is not ready')
  cluster.setNodeReady('n1', true)
  await time.until('the pod is ready', () => isReady(cluster, 'p'))
  expect(nodesAreFree(cluster)).toBe(true)
})

test('a silent kubelet makes its node unreachable after the grace period; pods that bear it for so long go then', async () => {
  const { cluster, time, store } = await worldOf(1)
  const bears = (tolerationSeconds: number) => ({
    tolerations: [
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds },
    ],
  })
  store.create('pods', 'default', podDraft('daemon', 'n1'))
  store.create('pods', 'default', podDraft('patient', null, { spec: bears(300) }))
  await time.until('both are ready', () => isReady(cluster, 'daemon') && isReady(cluster, 'patient'))
  cluster.setNodeSilent('n1', true)
  const isTainted = () => taintsOf(store.get('nodes', '', 'n1')).includes('node.kubernetes.io/unreachable:NoExecute')
  const tookMs = await time.until('the node is unreachable', isTainted)
  expect(tookMs).toBeGreaterThan(39_000)
  expect(tookMs).toBeLessThan(51_000)
  const waitedMs = await time.until(
    'the other pod is deleted',
    () => podOf(cluster, 'patient').metadata.deletionTimestamp !== undefined,
  )
  expect(waitedMs).toBe(300_000)
  expect(conditionOf(podOf(cluster, 'patient').status, 'DisruptionTarget')?.reason).toBe('DeletionByTaintManager')
  expect(podOf(cluster, 'daemon').metadata.deletionTimestamp).toBeUndefined()
})

test('a NoExecute taint ends what does not tolerate it; taken back in time it ends nothing', async () => {
  const { cluster, time, store } = await worldOf(2)
  store.create('pods', 'default', podDraft('p', 'n1'))
  const tolerations = [{ key: 'x', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }]
  store.create('pods', 'default', podDraft('q', 'n2', { spec: { tolerations } }))
  await time.until('both are ready', () => isReady(cluster, 'p') && isReady(cluster, 'q'))
  cluster.taint('n1', { key: 'x', effect: 'NoExecute' })
  cluster.taint('n2', { key: 'x', effect: 'NoExecute' })
  await time.advance(30_000)
  cluster.untaint('n2', 'x')
  await time.advance(600_000)
  expect(store.find('pods', 'default', 'p')).toBeNull()
  expect(isReady(cluster, 'q')).toBe(true)
})

test('a drained node keeps daemon pods only', async () => {
  const { cluster, time, store } = await worldOf(1)
  const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'u', controller: true }
  const daemonSet = store.create('daemonsets', 'default', {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'd' },
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  })
  const ownerReferences = [{ ...owner, uid: daemonSet.metadata.uid }]
  store.create('pods', 'default', podDraft('daemon', 'n1', { metadata: { ownerReferences } }))
  store.create('pods', 'default', podDraft('plain', null))
  await time.until('both are ready', () => isReady(cluster, 'daemon') && isReady(cluster, 'plain'))
  cluster.drain('n1')
  await time.until('the plain pod is gone', () => store.find('pods', 'default', 'plain') === null)
  expect(isReady(cluster, 'daemon')).toBe(true)
})

test('under memory pressure the kubelet evicts one pod after the other, best effort first', async () => {
  const { cluster, time, store } = await worldOf(1)
  store.create(
    'pods',
    'default',
    podDraft('modest', 'n1', { container: { resources: { requests: { memory: '1Gi' } } } }),
  )
  store.create('pods', 'default', podDraft('greedy', 'n1'))
  await time.until('both are ready', () => isReady(cluster, 'modest') && isReady(cluster, 'greedy'))
  cluster.setPressure('n1', 'MemoryPressure', true)
  await time.until('one has failed', () => podOf(cluster, 'greedy').status.phase === 'Failed')
  expect(podOf(cluster, 'greedy').status.reason).toBe('Evicted')
  expect(podOf(cluster, 'modest').status.phase).toBe('Running')
  cluster.setPressure('n1', 'MemoryPressure', false)
  await time.advance(60_000)
  expect(podOf(cluster, 'modest').status.phase).toBe('Running')
})
