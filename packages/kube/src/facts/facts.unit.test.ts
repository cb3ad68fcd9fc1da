import { nodeFactsSchema, podFactsSchema } from '@rollcall/contracts'
import { describe, expect, it } from 'vitest'
import { changedBy, daemonSetFacts, FactsError, nodeFacts, podFacts } from './index.ts'

const metadata = (extra: object = {}) => ({
  name: 'x',
  namespace: 'ns',
  uid: 'u-1',
  resourceVersion: '42',
  creationTimestamp: '2026-01-02T03:04:05Z',
  ...extra,
})
const createdAt = Date.parse('2026-01-02T03:04:05Z')

describe('node', () => {
  it('keeps labels, taints, cordon and conditions, and leaves heartbeats out', () => {
    const facts = nodeFacts({
      metadata: { ...metadata({ labels: { b: '2', a: '1' }, annotations: { secret: 's' } }), namespace: undefined },
      spec: { unschedulable: true, taints: [{ key: 'k', effect: 'NoSchedule', timeAdded: '2026-01-02T03:04:05Z' }] },
      status: {
        conditions: [
          {
            type: 'Ready',
            status: 'True',
            lastHeartbeatTime: '2026-01-02T03:09:05Z',
            lastTransitionTime: '2026-01-02T03:04:06Z',
          },
          { type: 'Odd', status: 'Unknown' },
        ],
        images: [{ names: ['big'] }],
      },
    })
    expect(facts).toEqual({
      name: 'x',
      uid: 'u-1',
      resourceVersion: '42',
      createdAt,
      deletedAt: null,
      labels: { a: '1', b: '2' },
      taints: [{ key: 'k', value: '', effect: 'NoSchedule' }],
      unschedulable: true,
      conditions: [
        { type: 'Ready', status: 'True', since: createdAt + 1000 },
        { type: 'Odd', status: 'Unknown', since: null },
      ],
    })
    expect(nodeFactsSchema.parse(facts)).toEqual(facts)
  })

  it('a bare node has empty facts', () => {
    expect(nodeFacts({ metadata: metadata() })).toMatchObject({
      labels: {},
      taints: [],
      conditions: [],
      unschedulable: false,
    })
  })
})

describe('pod', () => {
  const matchFields = (values: string[], operator = 'In') => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'metadata.name', operator: 'In', values: ['no'] }] },
            { matchFields: [{ key: 'metadata.name', operator, values }] },
          ],
        },
      },
    },
  })

  it('keeps owner, command, place and readiness', () => {
    const facts = podFacts({
      metadata: metadata({
        deletionTimestamp: '2026-01-02T03:05:05Z',
        annotations: { 'rollcall.dev/command': 'c-1', other: 'x' },
        ownerReferences: [
          { apiVersion: 'v1', kind: 'Other', name: 'o', uid: 'o-1' },
          {
            apiVersion: 'apps/v1',
            kind: 'DaemonSet',
            name: 'd',
            uid: 'd-1',
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      }),
      spec: { nodeName: 'n1', ...matchFields(['n2']) },
      status: {
        phase: 'Running',
        reason: 'Evicted',
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-02T03:04:07Z' }],
      },
    })
    expect(facts).toEqual({
      namespace: 'ns',
      name: 'x',
      uid: 'u-1',
      resourceVersion: '42',
      createdAt,
      deletedAt: createdAt + 60_000,
      labels: {},
      owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'd-1' },
      commandId: 'c-1',
      nodeName: 'n1',
      target: 'n2',
      phase: 'Running',
      ready: true,
      readySince: createdAt + 2000,
      reason: 'Evicted',
      restarts: 0,
      trouble: null,
    })
    expect(podFactsSchema.parse(facts)).toEqual(facts)
  })

  it.each([
    ['one value', matchFields(['n1']), 'n1'],
    ['two values', matchFields(['n1', 'n2']), null],
    ['no value', matchFields([]), null],
    ['another operator', matchFields(['n1'], 'NotIn'), null],
    ['no affinity', {}, null],
  ])('target with %s', (_, spec, target) => {
    expect(podFacts({ metadata: metadata(), spec }).target).toBe(target)
  })

  it('ready is condition Ready = True and nothing else', () => {
    const readyOf = (status: string) =>
      podFacts({ metadata: metadata(), status: { phase: 'Failed', conditions: [{ type: 'Ready', status }] } }).ready
    expect([readyOf('True'), readyOf('False'), readyOf('Unknown')]).toEqual([true, false, false])
    expect(podFacts({ metadata: metadata() })).toMatchObject({
      ready: false,
      readySince: null,
      phase: '',
      nodeName: null,
    })
  })
})

describe('trouble of a pod', () => {
  const ofContainers = (...containerStatuses: object[]) => {
    const { restarts, trouble } = podFacts({ metadata: metadata(), status: { containerStatuses } })
    return [restarts, trouble]
  }
  const waiting = (reason: string) => ({ ready: false, restartCount: 0, state: { waiting: { reason } } })

  it('starting is none; what does not pass by itself is', () => {
    expect(ofContainers(waiting('ContainerCreating'))).toEqual([0, null])
    expect(ofContainers(waiting('ErrImagePull'))).toEqual([0, 'ImagePullBackOff'])
    expect(ofContainers(waiting('ContainerCreating'), waiting('CreateContainerConfigError'))).toEqual([
      0,
      'CreateContainerConfigError',
    ])
  })

  it('a crash loop is one state, and its restarts are told in steps', () => {
    const crashed = (restartCount: number, state: object, ready = false) => ({
      ready,
      restartCount,
      state,
      lastState: { terminated: { exitCode: 1 } },
    })
    expect(ofContainers(crashed(4, { waiting: { reason: 'CrashLoopBackOff' } }))).toEqual([3, 'CrashLoopBackOff'])
    expect(ofContainers(crashed(4, { running: {} }))).toEqual([3, 'CrashLoopBackOff'])
    expect(ofContainers(crashed(4, { running: {} }, true))).toEqual([3, null])
    // Each container counts for itself: one crash of each, as when a node starts again, is no loop.
    expect(ofContainers(crashed(77, { running: {} }, true), crashed(50, { running: {} }, true))).toEqual([50, null])
    expect(ofContainers(crashed(1, { running: {} }), crashed(1, { running: {} }))).toEqual([1, null])
    expect(ofContainers(crashed(2, { running: {} }))).toEqual([2, 'CrashLoopBackOff'])
  })
})

describe('conditions of a DaemonSet', () => {
  it('keeps ours and nobody else’s', () => {
    const condition = { type: 'Available', status: 'True', reason: 'R', message: 'M' }
    const { conditions } = daemonSetFacts({
      metadata: metadata(),
      spec: { template: {} },
      status: { conditions: [{ ...condition, lastTransitionTime: '2026-01-02T03:04:06Z' }, { type: 'Foreign' }] },
    })
    expect(conditions).toEqual([{ ...condition, since: createdAt + 1000 }])
  })
})

describe('odd objects', () => {
  it.each([
    ['no name', { ...metadata(), name: undefined }, 'Pod ns/(no name) (uid u-1): metadata.name is missing'],
    ['no uid', { ...metadata(), uid: '' }, 'Pod ns/x: metadata.uid is missing'],
    [
      'no resourceVersion',
      { ...metadata(), resourceVersion: null },
      'Pod ns/x (uid u-1): metadata.resourceVersion is missing',
    ],
    ['no namespace', { ...metadata(), namespace: undefined }, 'Pod x (uid u-1): metadata.namespace is missing'],
    [
      'an odd time',
      { ...metadata(), creationTimestamp: 'soon' },
      'Pod ns/x (uid u-1): metadata.creationTimestamp is no time: "soon"',
    ],
    ['no metadata', undefined, 'Pod (no name): metadata.namespace is missing'],
  ])('%s is named', (_, odd, message) => {
    expect(() => podFacts({ metadata: odd })).toThrow(FactsError)
    expect(() => podFacts({ metadata: odd })).toThrow(message)
  })

  it('fields of another type than expected count as absent or are named', () => {
    expect(nodeFacts({ metadata: metadata({ labels: ['a'] }), spec: 'x', status: { conditions: {} } })).toMatchObject({
      labels: {},
      conditions: [],
    })
    expect(() => daemonSetFacts({ metadata: metadata(), spec: { template: {}, minReadySeconds: 'x' } })).toThrow(
      'DaemonSet ns/x (uid u-1): spec.minReadySeconds is no integer: "x"',
    )
    expect(() => daemonSetFacts({ metadata: metadata(), spec: {} })).toThrow('spec.template is missing')
    for (const value of [null, 1, 'x', []]) expect(() => nodeFacts(value)).toThrow(FactsError)
  })
})

describe('changedBy', () => {
  it('is the newest entry of managedFields', () => {
    const managedFields = [
      { manager: 'kubectl', operation: 'Apply', time: '2026-01-02T03:04:05Z' },
      { manager: 'kubelet', operation: 'Update', time: '2026-01-02T03:04:09Z', subresource: 'status' },
      { manager: 'scheduler', operation: 'Update', time: '2026-01-02T03:04:07Z' },
      { manager: 'timeless', operation: 'Update' },
    ]
    expect(changedBy({ metadata: { managedFields } })).toEqual({
      manager: 'kubelet',
      operation: 'Update',
      at: createdAt + 4000,
    })
    expect(changedBy({ metadata: {} })).toBeNull()
  })
})
