import { describe, expect, test } from 'vitest'
import { aNamespace, aPod, aStore, refusal } from '../testing/objects.ts'
import type { Change, ObjectStore } from './object-store.ts'

function watched(store: ObjectStore, since = '0'): Change[] {
  const changes: Change[] = []
  store.watch('pods', since, change => changes.push(change))
  return changes
}

describe('a created object', () => {
  test('has uid, resourceVersion, generation and time of its own', () => {
    const { store } = aStore()
    const { metadata } = store.create('pods', 'default', aPod('a'))
    expect(metadata).toMatchObject({
      name: 'a',
      namespace: 'default',
      uid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      resourceVersion: store.resourceVersion(),
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
    })
  })

  test('gets a name of 58 characters and five of chance from generateName', () => {
    const { store } = aStore()
    const { metadata } = store.create('pods', 'default', { ...aPod(''), metadata: { generateName: 'x'.repeat(60) } })
    expect(metadata.name).toMatch(/^x{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/)
  })

  test('cannot be changed by who reads it', () => {
    const pod = aStore().store.create('pods', 'default', aPod('a'))
    expect(() => Object.assign(pod.metadata, { name: 'b' })).toThrow(TypeError)
  })

  test('is refused under a name that is taken', () => {
    const { store } = aStore()
    store.create('pods', 'default', aPod('a'))
    expect(refusal(() => store.create('pods', 'default', aPod('a')))).toEqual({
      code: 409,
      reason: 'AlreadyExists',
      message: 'pods "a" already exists',
      details: { name: 'a', kind: 'pods' },
    })
  })

  test('needs a namespace that is there, and not ending', () => {
    const { store } = aStore()
    expect(refusal(() => store.create('pods', 'nowhere', aPod('a')))).toMatchObject({
      code: 404,
      message: 'namespaces "nowhere" not found',
    })
    store.create('namespaces', '', aNamespace('ending'))
    store.delete('namespaces', '', 'ending')
    expect(refusal(() => store.create('pods', 'ending', aPod('a')))).toEqual({
      code: 403,
      reason: 'Forbidden',
      message: 'pods "a" is forbidden: unable to create new content in namespace ending because it is being terminated',
      details: {
        name: 'a',
        kind: 'pods',
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: 'namespace ending is being terminated',
            field: 'metadata.namespace',
          },
        ],
      },
    })
  })
})

describe('an update', () => {
  test('of a stale resourceVersion is a conflict', () => {
    const { store } = aStore()
    const first = store.create('pods', 'default', aPod('a'))
    store.change('pods', 'default', 'a', pod => ({ ...pod, metadata: { ...pod.metadata, labels: { a: 'b' } } }))
    expect(refusal(() => store.update('pods', 'default', 'a', first))).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on pods "a": the object has been modified; please apply your changes to the latest version and try again',
    })
  })

  test('that changes nothing keeps the resourceVersion and is not seen by watches', () => {
    const { store } = aStore()
    const pod = store.create('pods', 'default', aPod('a'))
    const changes = watched(store, store.resourceVersion())
    expect(store.update('pods', 'default', 'a', structuredClone(pod), undefined, { manager: 'm' })).toBe(pod)
    expect(store.resourceVersion()).toBe(pod.metadata.resourceVersion)
    expect(changes).toEqual([])
  })

  test('leaves uid, times and status alone; a status update leaves spec alone', () => {
    const { store } = aStore()
    const pod = store.create('pods', 'default', aPod('a'))
    const { metadata } = store.update('pods', 'default', 'a', {
      ...pod,
      metadata: { name: 'a', creationTimestamp: '1999-01-01T00:00:00Z', labels: { a: 'b' } },
      status: { phase: 'Running' },
    })
    expect(metadata).toMatchObject({ uid: pod.metadata.uid, creationTimestamp: pod.metadata.creationTimestamp })
    const running = store.update(
      'pods',
      'default',
      'a',
      { ...pod, metadata: {}, status: { phase: 'Running' }, spec: {} },
      'status',
    )
    expect(running).toMatchObject({ status: { phase: 'Running' }, spec: pod.spec })
  })

  test('records who wrote, once per writer and part', async () => {
    const { store, time } = aStore()
    store.create('pods', 'default', aPod('a'), { manager: 'kubectl' })
    await time.advance(1_000)
    for (const phase of ['Pending', 'Running']) {
      store.change('pods', 'default', 'a', pod => ({ ...pod, status: { phase } }), 'status', { manager: 'kubelet' })
    }
    const entries = store.get('pods', 'default', 'a').metadata.managedFields
    expect(entries).toMatchObject([
      { manager: 'kubectl', operation: 'Update', time: '2026-01-01T00:00:00Z' },
      { manager: 'kubelet', subresource: 'status', time: '2026-01-01T00:00:01Z' },
    ])
  })

  test('as a dry run changes nothing', () => {
    const { store } = aStore()
    const before = store.resourceVersion()
    expect(store.create('pods', 'default', aPod('a'), { dryRun: true }).metadata.name).toBe('a')
    expect(store.find('pods', 'default', 'a')).toBeNull()
    expect(store.resourceVersion()).toBe(before)
  })
})

describe('a deleted pod', () => {
  test('that no node has is gone at once', () => {
    const { store } = aStore()
    store.create('pods', 'default', aPod('a'))
    const changes = watched(store, store.resourceVersion())
    store.delete('pods', 'default', 'a')
    expect(store.find('pods', 'default', 'a')).toBeNull()
    expect(changes.map(change => change.type)).toEqual(['MODIFIED', 'DELETED'])
    expect(changes.at(-1)?.object.metadata).toMatchObject({
      resourceVersion: store.resourceVersion(),
      deletionGracePeriodSeconds: 0,
    })
  })

  test('on a node is marked, and gone when the kubelet deletes it with grace 0', () => {
    const { store } = aStore()
    store.create('pods', 'default', aPod('a', { terminationGracePeriodSeconds: 40 }))
    store.bind('default', 'a', 'n1')
    expect(store.delete('pods', 'default', 'a').metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:40Z',
      deletionGracePeriodSeconds: 40,
      generation: 2,
    })
    const version = store.resourceVersion()
    store.delete('pods', 'default', 'a')
    expect(store.resourceVersion()).toBe(version)
    store.delete('pods', 'default', 'a', { gracePeriodSeconds: 0 })
    expect(store.find('pods', 'default', 'a')).toBeNull()
  })

  test('may be told to end sooner, not later', async () => {
    const { store, time } = aStore()
    store.create('pods', 'default', aPod('a', { nodeName: 'n1', terminationGracePeriodSeconds: 40 }))
    store.delete('pods', 'default', 'a')
    await time.advance(5_000)
    expect(store.delete('pods', 'default', 'a', { gracePeriodSeconds: 10 }).metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:10Z',
      deletionGracePeriodSeconds: 10,
    })
    expect(store.delete('pods', 'default', 'a', { gracePeriodSeconds: 60 }).metadata.deletionGracePeriodSeconds).toBe(
      10,
    )
  })

  test('is gone once, also when a listener deletes what is marked', () => {
    const { store } = aStore()
    store.create('pods', 'default', aPod('a'))
    const types: string[] = []
    store.watch('pods', store.resourceVersion(), ({ type, object }) => {
      types.push(type)
      const { name, deletionTimestamp } = object.metadata
      if (deletionTimestamp && store.find('pods', 'default', name)) {
        store.delete('pods', 'default', name, { gracePeriodSeconds: 0 })
      }
    })
    store.delete('pods', 'default', 'a')
    expect(types).toEqual(['MODIFIED', 'DELETED'])
  })

  test('stays as long as a finalizer holds it', () => {
    const { store } = aStore()
    store.create('pods', 'default', aPod('a', {}, { finalizers: ['example.com/hold'] }))
    expect(store.delete('pods', 'default', 'a').metadata.deletionGracePeriodSeconds).toBe(0)
    store.change('pods', 'default', 'a', pod => ({ ...pod, metadata: { ...pod.metadata, finalizers: [] } }))
    expect(store.find('pods', 'default', 'a')).toBeNull()
  })

  test('must be the one that was meant', () => {
    const { store } = aStore()
    const { uid } = store.create('pods', 'default', aPod('a')).metadata
    expect(refusal(() => store.delete('pods', 'default', 'a', { preconditions: { uid: 'other' } }))).toMatchObject({
      code: 409,
      message: `Operation cannot be fulfilled on Pod "a": the UID in the precondition (other) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    })
    store.delete('pods', 'default', 'a', { preconditions: { uid } })
    expect(store.find('pods', 'default', 'a')).toBeNull()
  })
})

describe('binding', () => {
  test('puts a pod on a node, once', () => {
    const { store } = aStore()
    store.create('pods', 'default', aPod('a'))
    store.bind('default', 'a', 'n1')
    expect(store.get('pods', 'default', 'a')).toMatchObject({
      spec: { nodeName: 'n1' },
      status: { conditions: [{ type: 'PodScheduled', status: 'True' }] },
    })
    expect(refusal(() => store.bind('default', 'a', 'n2'))).toMatchObject({
      code: 409,
      message: 'Operation cannot be fulfilled on pods/binding "a": pod a is already assigned to node "n1"',
    })
  })
})

describe('a namespace', () => {
  test('ends when its finalizers are gone', () => {
    const { store } = aStore()
    store.create('namespaces', '', aNamespace('team'))
    expect(store.delete('namespaces', '', 'team').status).toEqual({ phase: 'Terminating' })
    store.delete('namespaces', '', 'team')
    expect(store.find('namespaces', '', 'team')).not.toBeNull()
    store.change('namespaces', '', 'team', present => ({ ...present, spec: { finalizers: [] } }), 'finalize')
    expect(store.find('namespaces', '', 'team')).toBeNull()
  })

  test('that every cluster needs is not deleted', () => {
    expect(refusal(() => aStore().store.delete('namespaces', '', 'kube-system'))).toMatchObject({
      code: 403,
      message: 'namespaces "kube-system" is forbidden: this namespace may not be deleted',
    })
  })
})

describe('a watch', () => {
  test('gets what it missed and what comes, in order, also of writes made by a listener', () => {
    const { store } = aStore()
    const since = store.resourceVersion()
    store.create('pods', 'default', aPod('a'))
    store.watch('pods', since, change => {
      if (change.type === 'ADDED') store.bind('default', change.object.metadata.name, 'n1')
    })
    const changes = watched(store, since)
    store.create('pods', 'default', aPod('b'))
    expect(changes.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
      'ADDED a',
      'MODIFIED a',
      'ADDED b',
      'MODIFIED b',
    ])
  })

  test('from before the history is told to list again', () => {
    const { store } = aStore({ historyMax: 2 })
    const since = store.resourceVersion()
    for (const name of ['a', 'b', 'c', 'd', 'e']) store.create('pods', 'default', aPod(name))
    expect(refusal(() => watched(store, since))).toEqual({
      code: 410,
      reason: 'Expired',
      message: `too old resource version: ${since} (${Number(since) + 3})`,
      details: {},
    })
    expect(watched(store, String(Number(since) + 3))).toHaveLength(2)
    store.compact()
    expect(refusal(() => watched(store, String(Number(since) + 4)))).toMatchObject({ code: 410 })
    expect(watched(store, store.resourceVersion())).toEqual([])
  })

  test('from the future is told that it is not of this cluster', () => {
    const { store } = aStore()
    expect(refusal(() => watched(store, '999'))).toMatchObject({
      code: 504,
      message: `Timeout: Too large resource version: 999, current: ${store.resourceVersion()}`,
    })
  })
})

test('a list is sorted as etcd sorts it', () => {
  const { store } = aStore()
  for (const name of ['a', 'a-b']) {
    store.create('namespaces', '', aNamespace(name))
    for (const pod of ['y', 'x']) store.create('pods', name, aPod(pod))
  }
  store.delete('pods', 'a', 'x')
  store.create('pods', 'a', aPod('x'))
  const names = store.list('pods', null).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  expect(names).toEqual(['a-b/x', 'a-b/y', 'a/x', 'a/y'])
  expect(store.list('pods', 'a')).toHaveLength(2)
})

test('one seed gives one history', () => {
  const history = () => {
    const { store } = aStore()
    store.create('pods', 'default', { ...aPod(''), metadata: { generateName: 'p-' } })
    return { pods: store.list('pods', null), cluster: store.clusterUid }
  }
  expect(history()).toEqual(history())
})
