import type { ApiError, ClusterApi, WatchEvent } from '@rollcall/kube'
import { expect, test } from 'vitest'
import { tooManyRequests } from '../cluster/faults.ts'
import { podDraft, worldOf } from '../cluster/testing/world.ts'
import { createSimulatedClusterApi } from './simulated-cluster-api.ts'

async function served(options: { isReadOnly?: boolean; watchQueueMax?: number } = {}) {
  const world = await worldOf(3)
  return { ...world, api: createSimulatedClusterApi(world.cluster, { timers: world.time.timers, ...options }) }
}

/** What a watch told, in words, until it ended; and how it ended. */
function follow(api: ClusterApi, resourceVersion: string, timeoutSeconds?: number) {
  const told: string[] = []
  const stop = new AbortController()
  const nameOf = (event: WatchEvent) =>
    event.type === 'BOOKMARK' ? 'at' : (event.object.metadata as unknown as { name: string }).name
  const run = async (): Promise<string> => {
    const limit = timeoutSeconds === undefined ? {} : { timeoutSeconds }
    try {
      for await (const event of api.watch('Pod', { resourceVersion, signal: stop.signal, ...limit })) {
        told.push(`${event.type} ${nameOf(event)}`)
      }
      return 'in good order'
    } catch (error) {
      return `${(error as Error).name} ${(error as ApiError).code ?? (error as Error).message}`
    }
  }
  return { told, stop, ended: run() }
}

const create = (api: ClusterApi, name: string) => api.create('Pod', 'default', podDraft(name, 'n1') as never)

test('a list comes in pages of one moment', async () => {
  const { api, store } = await served()
  const first = await api.list('Node', { limit: 2 })
  expect(first.items).toHaveLength(2)
  store.delete('nodes', '', 'n3')
  const second = await api.list('Node', { limit: 2, next: first.next })
  expect(second).toMatchObject({ resourceVersion: first.resourceVersion, next: null })
  expect(second.items).toHaveLength(1)
  await expect(api.list('Node', { limit: 2, next: '99.2' })).rejects.toMatchObject({ code: 410, reason: 'Expired' })
})

test('the errors are those of an API server', async () => {
  const { api, cluster } = await served()
  const address = { resource: 'Pod', namespace: 'default', name: 'p' } as const
  await expect(api.get(address)).rejects.toMatchObject({ name: 'ApiError', code: 404, reason: 'NotFound' })
  const { metadata } = await create(api, 'p')
  await expect(create(api, 'p')).rejects.toMatchObject({ code: 409, reason: 'AlreadyExists' })
  await expect(api.delete(address, { uid: 'another' })).rejects.toMatchObject({ code: 409, reason: 'Conflict' })
  cluster.faults.tell({ when: ({ verb }) => verb === 'get', refuse: tooManyRequests(7), times: 1 })
  await expect(api.get(address)).rejects.toMatchObject({ code: 429, retryAfterMs: 7_000 })
  await expect(api.get(address)).resolves.toMatchObject({ metadata: { uid: (metadata as { uid?: string }).uid } })
})

test('a terminating namespace refuses creations with its cause', async () => {
  const { api, store } = await served()
  store.create('namespaces', '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } })
  store.create('pods', 'team', podDraft('p', 'n1', { metadata: { finalizers: ['example.com/hold'] } }))
  store.delete('namespaces', '', 'team')
  const refused = api.create('Pod', 'team', podDraft('q', 'n1') as never)
  await expect(refused).rejects.toMatchObject({ code: 403, cause_: 'NamespaceTerminating' })
})

test('the three kinds of patch, also of the status', async () => {
  const { api, store } = await served()
  await create(api, 'p')
  const address = { resource: 'Pod', namespace: 'default', name: 'p' } as const
  await api.patch(address, 'merge', { metadata: { labels: { a: '1', b: '2' } } })
  await api.patch(address, 'strategic', {
    metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'u' }] },
  })
  await api.patch(address, 'json', [{ op: 'remove', path: '/metadata/labels/b' }])
  await api.patch({ ...address, subresource: 'status' }, 'merge', { status: { message: 'hello' } })
  const pod = store.get('pods', 'default', 'p')
  expect(pod.metadata).toMatchObject({ labels: { a: '1' }, ownerReferences: [{ uid: 'u' }] })
  expect(pod.metadata.labels).not.toHaveProperty('b')
  expect(pod.status).toMatchObject({ message: 'hello' })
})

test('a lost answer has had its effect', async () => {
  const { api, cluster, store } = await served()
  cluster.faults.tell({ when: ({ verb }) => verb === 'create', loseAnswer: true, times: 1 })
  await expect(create(api, 'p')).rejects.toMatchObject({ name: 'UnreachableError' })
  expect(store.find('pods', 'default', 'p')).not.toBeNull()
})

test('a watch tells what came since, then what comes, bookmarks, and ends when it was asked to', async () => {
  const { api, cluster, store, time } = await served()
  const since = store.resourceVersion()
  await create(api, 'p')
  const { told, ended } = follow(api, since, 90)
  await time.advance(30_000)
  expect(told[0]).toBe('ADDED p')
  cluster.killPod('default', 'p', 0)
  await time.advance(60_000)
  expect(told).toContain('DELETED p')
  expect(told.at(-1)).toBe('BOOKMARK at')
  expect(await ended).toBe('in good order')
})

test('a watch from before the history ends with 410, a cut one with no answer, a stopped one with its reason', async () => {
  const { api, cluster, store, time } = await served()
  const since = store.resourceVersion()
  await create(api, 'p')
  store.compact()
  expect(await follow(api, since).ended).toBe('ApiError 410')
  const cut = follow(api, store.resourceVersion())
  await time.advance(0)
  cluster.faults.cutWatches()
  expect(await cut.ended).toBe('UnreachableError c: the watch was cut')
  const stopped = follow(api, store.resourceVersion())
  await time.advance(0)
  stopped.stop.abort(new Error('enough'))
  expect(await stopped.ended).toBe('Error enough')
})

test('a watch that nobody reads is cut, and tells how far behind its reader is', async () => {
  const { api, store } = await served({ watchQueueMax: 3 })
  const { signal } = new AbortController()
  const watch = api.watch('Pod', { resourceVersion: store.resourceVersion(), signal })[Symbol.asyncIterator]()
  const first = watch.next()
  await new Promise(resolve => setImmediate(resolve))
  await create(api, 'p0')
  expect(await first).toMatchObject({ value: { type: 'ADDED' } })
  for (const name of ['p1', 'p2', 'p3', 'p4']) await create(api, name)
  await expect(watch.next()).rejects.toThrow('c: the watch was cut: 3 events wait for its reader')
})

test('late and duplicate events keep the order of a watch', async () => {
  const { api, cluster, store, time } = await served()
  cluster.faults.set({ lateEvent: 0.5, lateMsMax: 2_000, duplicateEvent: 0.5 })
  const { told, stop, ended } = follow(api, store.resourceVersion())
  await time.advance(0)
  for (let number = 0; number < 20; number++) {
    store.create('pods', 'default', podDraft(`p${number}`, 'elsewhere'))
    await time.advance(100)
  }
  await time.advance(10_000)
  const added = told.filter(line => line.startsWith('ADDED'))
  expect([...new Set(added)]).toEqual(Array.from({ length: 20 }, (_, number) => `ADDED p${number}`))
  expect(added.length).toBeGreaterThan(20)
  expect(added).toEqual([...added].sort((a, b) => Number(a.slice(7)) - Number(b.slice(7))))
  stop.abort(new Error('enough'))
  await ended
})

test('read-only credentials read, lack every other right, and change nothing', async () => {
  const { api, store } = await served({ isReadOnly: true })
  const before = store.resourceVersion()
  const wanted = ['get', 'list', 'watch', 'create'].map(verb => ({ verb, group: '', resource: 'pods' }))
  expect(await api.missingRights(wanted)).toEqual([{ verb: 'create', group: '', resource: 'pods' }])
  await expect(create(api, 'p')).rejects.toMatchObject({ code: 403, reason: 'Forbidden' })
  expect((await api.list('Node', { limit: 500 })).items).toHaveLength(3)
  expect(store.resourceVersion()).toBe(before)
})
