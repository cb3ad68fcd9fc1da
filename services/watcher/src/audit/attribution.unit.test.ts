import { describe, expect, test } from 'vitest'
import { attributionsOf } from './attribution.ts'

const daemonSet = { metadata: { namespace: 'logging', name: 'fluentd', uid: 'd1', resourceVersion: '812' } }

const patched = {
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'RequestResponse',
  auditID: 'a-1',
  stage: 'ResponseComplete',
  requestURI: '/apis/apps/v1/namespaces/logging/daemonsets/fluentd?fieldManager=kubectl-set',
  verb: 'patch',
  user: { username: 'alice', uid: 'u', groups: ['sre', 'system:authenticated'], extra: { token: ['secret'] } },
  sourceIPs: ['10.0.0.7'],
  userAgent: 'kubectl/v1.37.0 (linux/amd64)',
  objectRef: { resource: 'daemonsets', namespace: 'logging', name: 'fluentd', apiGroup: 'apps', apiVersion: 'v1' },
  responseStatus: { metadata: {}, code: 200 },
  requestObject: { spec: { template: { spec: { containers: [{ env: [{ name: 'PASSWORD', value: 'hunter2' }] }] } } } },
  responseObject: daemonSet,
  requestReceivedTimestamp: '2026-01-01T12:00:00.123456Z',
  stageTimestamp: '2026-01-01T12:00:00.200000Z',
}
const read = (changes: object, pods: 'relevant' | 'all' = 'relevant') =>
  attributionsOf({ ...patched, ...changes }, { cluster: 'east', at: 5, pods, ownUser: 'executor' })

test('a change says who asked for it, and nothing that could be a secret', () => {
  const found = read({})
  expect(found).toEqual([
    {
      type: 'ChangeAttributed',
      cluster: 'east',
      at: 5,
      audit: 'a-1',
      object: { kind: 'DaemonSet', namespace: 'logging', name: 'fluentd', uid: 'd1' },
      resourceVersion: '812',
      verb: 'patch',
      user: { name: 'alice', groups: ['sre'], impersonatedBy: null },
      userAgent: 'kubectl/v1.37.0 (linux/amd64)',
      sourceIps: ['10.0.0.7'],
      requestedAt: Date.parse('2026-01-01T12:00:00.123Z'),
    },
  ])
  expect(JSON.stringify(found)).not.toMatch(/hunter2|secret/)
})

test('at level Metadata there is a name, and neither uid nor version', () => {
  expect(read({ responseObject: undefined, requestObject: undefined })).toMatchObject([
    { object: { name: 'fluentd', uid: null }, resourceVersion: null },
  ])
})

test('an object deleted at once is known by the uid of the Status', () => {
  const responseObject = { kind: 'Status', status: 'Success', details: { name: 'fluentd', uid: 'd1' } }
  expect(read({ verb: 'delete', responseObject })).toMatchObject([
    { verb: 'delete', object: { uid: 'd1' }, resourceVersion: null },
  ])
})

test('impersonation tells both', () => {
  expect(read({ impersonatedUser: { username: 'robot', groups: ['ci'] } })).toMatchObject([
    { user: { name: 'robot', groups: ['ci'], impersonatedBy: 'alice' } },
  ])
})

test('what the executor did itself is on record already; what somebody did in its name is told', () => {
  const user = { username: 'executor', groups: [] }
  expect(read({ user })).toEqual([])
  expect(read({ user, impersonatedUser: { username: 'alice', groups: [] } })).toHaveLength(1)
  expect(read({ impersonatedUser: user })).toHaveLength(1)
  expect(
    attributionsOf({ ...patched, user }, { cluster: 'east', at: 5, pods: 'relevant', ownUser: null }),
  ).toHaveLength(1)
})

test('one request may delete many', () => {
  const items = ['a', 'b'].map(name => ({ metadata: { name, namespace: 'logging', uid: name, resourceVersion: '9' } }))
  const objectRef = { ...patched.objectRef, name: '' }
  expect(
    read({ verb: 'deletecollection', objectRef, responseObject: { items } })?.map(({ audit, object }) => [
      audit,
      object.name,
    ]),
  ).toEqual([
    ['a-1#0', 'a'],
    ['a-1#1', 'b'],
  ])
})

describe('pods', () => {
  const objectRef = { resource: 'pods', namespace: 'logging', name: 'p', apiVersion: 'v1' }
  const pod = (owner: string) => ({
    metadata: {
      ...daemonSet.metadata,
      name: 'p',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { app: 'x' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: owner, name: 'o', uid: 'o', controller: true }],
    },
  })
  test('only those that are watched', () => {
    expect(read({ objectRef, responseObject: pod('ReplicaSet') })).toEqual([])
    expect(read({ objectRef, responseObject: pod('ReplicaSet') }, 'all')).toHaveLength(1)
    expect(read({ objectRef, responseObject: pod('DaemonSet') })).toHaveLength(1)
  })
  test('an eviction is told as one', () => {
    const evicted = { ...objectRef, subresource: 'eviction' }
    expect(
      read({ verb: 'create', objectRef: evicted, responseObject: { kind: 'Status', status: 'Success' } }),
    ).toMatchObject([{ verb: 'evict', object: { kind: 'Pod', name: 'p' } }])
  })
})

test.each([
  ['a read', { verb: 'get' }],
  ['a refusal', { responseStatus: { code: 403 } }],
  ['a dry run', { requestURI: '/apis/apps/v1/namespaces/logging/daemonsets/fluentd?dryRun=All' }],
  ['a request that is still under way', { stage: 'RequestReceived' }],
  ['a status', { objectRef: { ...patched.objectRef, subresource: 'status' } }],
  ['a kind that is not watched', { objectRef: { ...patched.objectRef, resource: 'deployments' } }],
  ['no object at all', { objectRef: undefined }],
])('%s is of no interest', (_, changes) => {
  expect(read(changes)).toEqual([])
})

test.each([[{ auditID: '' }], [{ requestReceivedTimestamp: 'soon' }], [{ user: null }], [{ verb: 7 }]])(
  '%j makes it no event of an audit',
  changes => expect(read(changes)).toBeNull(),
)

test('texts are cut, and lists bounded', () => {
  const long = 'x'.repeat(10_000)
  const [found] = read({ userAgent: long, user: { username: long, groups: Array(100).fill(long) } }) ?? []
  expect(JSON.stringify(found).length).toBeLessThan(6_000)
})
