import { expect, test } from 'vitest'
import { conditionOf } from '../kinds.ts'
import { isReady, podDraft, podOf, worldOf } from '../testing/world.ts'

/** A DaemonSet `d` with a pod and a revision of its own, both as its controller would make them. */
async function withDaemonSet() {
  const world = await worldOf(1)
  const { cluster, store, time } = world
  const daemonSet = store.create('daemonsets', 'default', {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'd' },
    spec: {
      selector: { matchLabels: { app: 'd' } },
      template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } },
    },
  })
  const { uid } = daemonSet.metadata
  const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid, controller: true, blockOwnerDeletion: true }
  const ownerReferences = [owner]
  store.create('pods', 'default', podDraft('p', 'n1', { metadata: { ownerReferences } }))
  store.create('controllerrevisions', 'default', {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name: 'd-1', ownerReferences },
    revision: 1,
    data: { spec: {} },
  })
  await time.until('the pod is ready', () => isReady(cluster, 'p'))
  const isGone = () =>
    store.find('pods', 'default', 'p') === null && store.find('controllerrevisions', 'default', 'd-1') === null
  return { ...world, isGone }
}

test('in the background the owner goes at once, and what it owned follows', async () => {
  const { store, time, isGone } = await withDaemonSet()
  store.delete('daemonsets', 'default', 'd', { propagationPolicy: 'Background' })
  expect(store.find('daemonsets', 'default', 'd')).toBeNull()
  expect(store.find('pods', 'default', 'p')).not.toBeNull()
  await time.until('pod and revision are gone', isGone)
})

test('in the foreground the owner waits for what blocks it', async () => {
  const { store, time, isGone } = await withDaemonSet()
  store.delete('daemonsets', 'default', 'd', { propagationPolicy: 'Foreground' })
  await time.until(
    'the pod is being deleted',
    () => store.get('pods', 'default', 'p').metadata.deletionTimestamp !== undefined,
  )
  expect(store.get('daemonsets', 'default', 'd').metadata.finalizers).toEqual(['foregroundDeletion'])
  await time.until('the owner is gone', () => store.find('daemonsets', 'default', 'd') === null)
  expect(isGone()).toBe(true)
})

test('orphaned dependents stay, without an owner', async () => {
  const { cluster, store, time } = await withDaemonSet()
  store.delete('daemonsets', 'default', 'd', { propagationPolicy: 'Orphan' })
  await time.until('the owner is gone', () => store.find('daemonsets', 'default', 'd') === null)
  await time.advance(600_000)
  expect(isReady(cluster, 'p')).toBe(true)
  expect(store.get('pods', 'default', 'p').metadata.ownerReferences ?? []).toEqual([])
  expect(store.get('controllerrevisions', 'default', 'd-1').metadata.ownerReferences ?? []).toEqual([])
})

test('a pod whose owner never was, or is another by now, is removed', async () => {
  const { store, time } = await withDaemonSet()
  const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'another' }
  store.create('pods', 'default', podDraft('stray', 'n1', { metadata: { ownerReferences: [owner] } }))
  await time.until('it is gone', () => store.find('pods', 'default', 'stray') === null)
})

test('an owner of a kind nobody knows is left alone, and so is its dependent', async () => {
  const { cluster, store, time } = await worldOf(1)
  const owner = { apiVersion: 'example.com/v1', kind: 'Thing', name: 't', uid: 'u' }
  store.create('pods', 'default', podDraft('p', 'n1', { metadata: { ownerReferences: [owner] } }))
  await time.advance(60_000)
  expect(isReady(cluster, 'p')).toBe(true)
})

test('pods of a node that is gone are failed and removed after 40 s of quarantine', async () => {
  const { cluster, store, time } = await worldOf(2)
  store.create('pods', 'default', podDraft('p', 'n1'))
  await time.until('the pod is ready', () => isReady(cluster, 'p'))
  const seen: (string | undefined)[] = []
  store.watch('pods', store.resourceVersion(), () => {
    const pod = store.find('pods', 'default', 'p')
    if (pod) seen.push(conditionOf(podOf(cluster, 'p').status, 'DisruptionTarget')?.reason)
  })
  cluster.removeNode('n1')
  const tookMs = await time.until('the pod is gone', () => store.find('pods', 'default', 'p') === null)
  expect(tookMs).toBeGreaterThanOrEqual(40_000)
  expect(tookMs).toBeLessThanOrEqual(80_000)
  expect(seen).toContain('DeletionByPodGC')
})

test('a pod whose node comes back within the quarantine stays', async () => {
  const { cluster, store, time } = await worldOf(1)
  store.create('pods', 'default', podDraft('p', 'n1'))
  await time.until('the pod is ready', () => isReady(cluster, 'p'))
  cluster.removeNode('n1')
  await time.advance(30_000)
  cluster.addNode({ name: 'n1' })
  await time.advance(300_000)
  expect(isReady(cluster, 'p')).toBe(true)
})

test('a namespace that is deleted is emptied, takes nothing new, and goes', async () => {
  const { store, time } = await worldOf(1)
  store.create('namespaces', '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } })
  await time.until('it has its service account', () => store.find('serviceaccounts', 'team', 'default') !== null)
  store.create('pods', 'team', podDraft('p', 'n1'))
  await time.advance(10_000)
  store.delete('namespaces', '', 'team')
  expect(() => store.create('pods', 'team', podDraft('q', 'n1'))).toThrow('because it is being terminated')
  await time.until('it is gone', () => store.find('namespaces', '', 'team') === null)
  expect(store.list('pods', 'team')).toEqual([])
  expect(store.list('events', 'team')).toEqual([])
})
