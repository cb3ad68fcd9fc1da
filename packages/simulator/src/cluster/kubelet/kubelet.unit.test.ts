import { expect, test } from 'vitest'
import { conditionOf } from '../kinds.ts'
import { doing, isReady, podDraft, podOf, taintsOf, told, worldOf } from '../testing/world.ts'

test('a pod is bound, its image pulled, and it becomes ready', async () => {
  const { cluster, time, store } = await worldOf(2)
  store.create('pods', 'default', podDraft('p', 'n2'))
  const tookMs = await time.until('the pod is ready', () => isReady(cluster, 'p'))
  expect(tookMs).toBeGreaterThan(500)
  const pod = podOf(cluster, 'p')
  expect(pod.spec.nodeName).toBe('n2')
  expect(pod.status).toMatchObject({
    phase: 'Running',
    hostIP: '10.0.0.2',
    podIP: expect.stringMatching(/^10\.128\.2\.\d+$/),
    containerStatuses: [{ name: 'c', ready: true, started: true, restartCount: 0 }],
  })
  expect(['PodScheduled', 'Initialized', 'ContainersReady'].map(type => conditionOf(pod.status, type)?.status)).toEqual(
    ['True', 'True', 'True'],
  )
  expect(told(cluster, 'p').map(line => line.split(':')[0])).toEqual([
    'Scheduled',
    'Pulling',
    'Pulled',
    'Created',
    'Started',
  ])
})

test('an image no registry has: ErrImagePull, then back-off, until it appears', async () => {
  const { cluster, time, store } = await worldOf(1)
  store.create('pods', 'default', podDraft('p', 'n1', { image: 'registry/app:bad' }))
  await time.until('the pull failed', () => doing(podOf(cluster, 'p')) === 'ErrImagePull')
  await time.until('it backs off', () => doing(podOf(cluster, 'p')) === 'ImagePullBackOff')
  await time.until('it fails again', () => doing(podOf(cluster, 'p')) === 'ErrImagePull')
  expect(podOf(cluster, 'p').status.phase).toBe('Pending')
  cluster.setImageBehaviour('registry/app:bad', 'runs')
  await time.until('the pod is ready', () => isReady(cluster, 'p'))
  expect(told(cluster, 'p')).toContain('BackOff: Back-off pulling image "registry/app:bad"')
})

test('a crashing container restarts at once, then ever later, and heals', async () => {
  const { cluster, time, store } = await worldOf(1)
  store.create('pods', 'default', podDraft('p', 'n1'))
  await time.until('the pod is ready', () => isReady(cluster, 'p'))
  cluster.crashLoop('default', 'p')
  const backOffs: number[] = []
  for (let round = 0; round < 3; round++) {
    await time.until('it backs off', () => doing(podOf(cluster, 'p')) === 'CrashLoopBackOff')
    expect(isReady(cluster, 'p')).toBe(false)
    backOffs.push(await time.until('it is restarted', () => doing(podOf(cluster, 'p')) === 'running'))
  }
  expect(backOffs).toEqual([10_000, 20_000, 40_000])
  expect(podOf(cluster, 'p').status).toMatchObject({ phase: 'Running', containerStatuses: [{ restartCount: 4 }] })
  cluster.crashLoop('default', 'p', false)
  await time.advance(600_000)
  expect(isReady(cluster, 'p')).toBe(true)
  expect(podOf(cluster, 'p').status.containerStatuses?.[0]?.restartCount).toBe(4)
})

test('a deleted pod ends within its grace, and says so first', async () => {
  const { cluster, time, store } = await worldOf(1)
  store.create('pods', 'default', podDraft('p', 'n1'))
  await time.until('the pod is ready', () => isReady(cluster, 'p'))
  const seen: string[] = []
  store.watch('pods', store.resourceVersion(), ({ type, object }) => {
    seen.push(`${type} ${(object.status as { phase: string }).phase}`)
  })
  cluster.killPod('default', 'p')
  expect(podOf(cluster, 'p').metadata.deletionGracePeriodSeconds).toBe(30)
  await time.until('the pod is gone', () => store.find('pods', 'default', 'p') === null, 30_000)
  expect(seen).toEqual(['MODIFIED Running', 'MODIFIED Succeeded', 'MODIFIED Succeeded', 'DELETED Succeeded'])
  expect(told(cluster, 'p')).toContain('Killing: Stopping container c')
})

test('a terminating pod with a finalizer stays, at its end, until the finalizer goes', async () => {
  const { cluster, time, store } = await worldOf(1)
  store.create('pods', 'default', podDraft('p', 'n1', { metadata: { finalizers: ['example.com/hold'] } }))
  await time.until('the pod is ready', () => isReady(cluster, 'p'))
  cluster.killPod('default', 'p')
  await time.advance(120_000)
  expect(podOf(cluster, 'p').status.phase).toBe('Succeeded')
  store.change('pods', 'default', 'p', pod => ({ ...pod, metadata: { ...pod.metadata, finalizers: [] } }))
  expect(store.find('pods', 'default', 'p')).toBeNull()
})

test('a failed pod stays as it is, with its reason', async () => {
  const { cluster, time, store } = await worldOf(1)
  store.create('pods', 'default', podDraft('p', 'n1'))
  await time.until('the pod is ready', () => isReady(cluster, 'p'))
  cluster.evict('default', 'p')
  await time.advance(600_000)
  expect(podOf(cluster, 'p').status).toMatchObject({ phase: 'Failed', reason: 'Evicted' })
  expect(isReady(cluster, 'p')).toBe(false)
})

test('a pod bound past the scheduler is refused by a kubelet that has no room for it', async () => {
  const { cluster, time, store } = await worldOf(1)
  const container = { resources: { requests: { cpu: '5' } } }
  store.create('pods', 'default', podDraft('p', null, { spec: { nodeName: 'n1' }, container }))
  await time.until('it has failed', () => podOf(cluster, 'p').status.phase === 'Failed')
  expect(podOf(cluster, 'p').status).toMatchObject({
    reason: 'OutOfcpu',
    message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 5000, used: 0, capacity: 4000",
  })
})

test('a silent kubelet does nothing; when it is back it goes on', async () => {
  const { cluster, time, store } = await worldOf(1)
  store.create('pods', 'default', podDraft('p', 'n1'))
  await time.until('the pod is ready', () => isReady(cluster, 'p'))
  cluster.setNodeSilent('n1', true)
  cluster.killPod('default', 'p')
  await time.until('the node is unreachable', () => taintsOf(store.get('nodes', '', 'n1')).length === 2)
  await time.advance(600_000)
  expect(podOf(cluster, 'p').metadata.deletionTimestamp).toBeDefined()
  expect(isReady(cluster, 'p')).toBe(false)
  cluster.setNodeSilent('n1', false)
  await time.until('the pod is gone', () => store.find('pods', 'default', 'p') === null)
  await time.until('the node is free', () => taintsOf(store.get('nodes', '', 'n1')).length === 0)
})

test('a readiness that a story takes away comes back with its leave', async () => {
  const { cluster, time, store } = await worldOf(1)
  store.create('pods', 'default', podDraft('p', 'n1'))
  await time.until('the pod is ready', () => isReady(cluster, 'p'))
  cluster.setPodUnready('default', 'p')
  await time.until('it is unready', () => !isReady(cluster, 'p'))
  await time.advance(60_000)
  expect(isReady(cluster, 'p')).toBe(false)
  cluster.setPodUnready('default', 'p', false)
  await time.until('it is ready', () => isReady(cluster, 'p'))
})
