import { describe, expect, test } from 'vitest'
import type { Draft, KubeObject } from '../objects/object-store.ts'
import { aPod, aStore, refusal } from '../testing/objects.ts'

const revision = (fields: object, metadata: object = {}): Draft => ({
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  metadata: { name: 'd-1', ...metadata },
  revision: 1,
  ...fields,
})

describe('a ControllerRevision (spec §9.6)', () => {
  const create = (draft: Draft) => aStore().store.create('controllerrevisions', 'default', draft)

  test('V57, V71: of valid data is taken', () => {
    expect(create(revision({ data: { spec: {} } })).data).toEqual({ spec: {} })
    expect(create(revision({ data: {} })).data).toEqual({})
  })

  test.each<[string, Draft, string | RegExp]>([
    [
      'V58: a negative revision',
      revision({ data: {}, revision: -1 }),
      'revision: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'V59: no name',
      revision({ data: {} }, { name: '' }),
      'metadata.name: Required value: name or generateName is required',
    ],
    [
      'V60: an invalid name',
      revision({ data: {} }, { name: 'NOT' }),
      /metadata\.name: Invalid value: "NOT": a lowercase RFC 1123 subdomain/,
    ],
    ['V63: no data', revision({}), 'data: Required value: data is mandatory'],
    ['V65: true', revision({ data: true }), 'data: Required value: data must be a valid JSON object'],
    ['V66: 0', revision({ data: 0 }), 'data: Required value: data must be a valid JSON object'],
    ['V67: 0.5', revision({ data: 0.5 }), 'data: Required value: data must be a valid JSON object'],
    ['V68: null', revision({ data: null }), 'data: Required value: data is mandatory'],
    ['V69: a list', revision({ data: [] }), 'data: Required value: data must be a valid JSON object'],
    ['V70: a text', revision({ data: 'test' }), 'data: Required value: data must be a valid JSON object'],
  ])('is refused: %s', (_, draft, text) => {
    const { code, message } = refusal(() => create(draft))
    expect(code).toBe(422)
    expect(message).toMatch(typeof text === 'string' ? `is invalid: ${text}` : text)
  })

  test('V72, V74, V75: its data never change, its number may', () => {
    const { store } = aStore()
    store.create('controllerrevisions', 'default', revision({ data: { a: 1 } }))
    const change = (fields: object) =>
      store.change('controllerrevisions', 'default', 'd-1', present => ({ ...present, ...fields }))
    expect(change({}).revision).toBe(1)
    expect(change({ revision: 7 }).revision).toBe(7)
    expect(refusal(() => change({ data: { a: 2 } })).message).toBe(
      'ControllerRevision.apps "d-1" is invalid: data: Invalid value: {"a":2}: field is immutable',
    )
  })
})

describe('a pod', () => {
  const created = (spec: object = {}, metadata: object = {}) =>
    aStore().store.create('pods', 'default', aPod('p', spec, metadata))
  const complaint = (spec: object) => refusal(() => created(spec)).message.replace('Pod "p" is invalid: ', '')

  test('is defaulted as the server does it', () => {
    const container = {
      name: 'app',
      image: 'app',
      ports: [{ containerPort: 80 }],
      resources: { limits: { cpu: '1' } },
      livenessProbe: { httpGet: { port: 80 }, periodSeconds: 3 },
      env: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
    }
    const volumes = [
      { name: 'e' },
      { name: 'h', hostPath: { path: '/' } },
      { name: 'c', configMap: { name: 'c' } },
      { name: 'p', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
    ]
    expect(created({ hostNetwork: true, containers: [container], volumes })).toMatchObject({
      spec: {
        restartPolicy: 'Always',
        dnsPolicy: 'ClusterFirst',
        schedulerName: 'default-scheduler',
        securityContext: {},
        terminationGracePeriodSeconds: 30,
        enableServiceLinks: true,
        serviceAccountName: 'default',
        serviceAccount: 'default',
        priority: 0,
        preemptionPolicy: 'PreemptLowerPriority',
        containers: [
          {
            imagePullPolicy: 'Always',
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
            ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }],
            resources: { limits: { cpu: '1' }, requests: { cpu: '1' } },
            livenessProbe: {
              httpGet: { port: 80, path: '/', scheme: 'HTTP' },
              timeoutSeconds: 1,
              periodSeconds: 3,
              successThreshold: 1,
              failureThreshold: 3,
            },
            env: [{ valueFrom: { fieldRef: { apiVersion: 'v1' } } }],
          },
        ],
        volumes: [
          { emptyDir: {} },
          { hostPath: { type: '' } },
          { configMap: { defaultMode: 420 } },
          { projected: { defaultMode: 420, sources: [{ serviceAccountToken: { expirationSeconds: 3600 } }] } },
        ],
      },
      status: { phase: 'Pending', qosClass: 'Burstable' },
    })
  })

  test.each([
    ['app', 'Always'],
    ['app:latest', 'Always'],
    ['host:5000/app', 'Always'],
    ['app:1', 'IfNotPresent'],
    ['host:5000/app:1', 'IfNotPresent'],
    ['app@sha256:0123', 'IfNotPresent'],
  ])('with image %s pulls %s', (image, imagePullPolicy) => {
    expect(created({ containers: [{ name: 'a', image }] }).spec).toMatchObject({ containers: [{ imagePullPolicy }] })
  })

  test('bears a node that is not ready for five minutes, unless it says otherwise', () => {
    const patient = (key: string) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 })
    const [notReady, unreachable] = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
    expect(created().spec).toMatchObject({ tolerations: [patient(notReady), patient(unreachable)] })
    const own = { key: notReady, operator: 'Exists', effect: 'NoExecute' }
    expect(created({ tolerations: [own] }).spec).toMatchObject({ tolerations: [own, patient(unreachable)] })
    const all = [{ operator: 'Exists' }]
    expect(created({ tolerations: all }).spec).toMatchObject({ tolerations: all })
  })

  test.each([
    [{}, 'BestEffort'],
    [{ requests: { cpu: '1' } }, 'Burstable'],
    [{ limits: { cpu: '1' } }, 'Burstable'],
    [{ limits: { cpu: '1000m', memory: '1Gi' }, requests: { cpu: '1' } }, 'Guaranteed'],
  ])('with resources %j is %s', (resources, qosClass) => {
    expect(created({ containers: [{ name: 'a', image: 'a', resources }] }).status).toMatchObject({ qosClass })
  })

  test('has the priority of its class', () => {
    expect(created({ priorityClassName: 'system-node-critical' }).spec).toMatchObject({ priority: 2_000_001_000 })
    expect(refusal(() => created({ priorityClassName: 'mine' }))).toMatchObject({
      code: 403,
      message: 'pods "p" is forbidden: no PriorityClass with name mine was found',
    })
    expect(refusal(() => created({ priority: 5 })).code).toBe(403)
  })

  test.each<[object, string | RegExp]>([
    [{ containers: [] }, 'spec.containers: Required value'],
    [
      { containers: [{ name: 'A', image: 'a' }] },
      /^spec\.containers\[0\]\.name: Invalid value: "A": a lowercase RFC 1123 label/,
    ],
    [{ containers: [{ name: 'a' }] }, 'spec.containers[0].image: Required value'],
    [
      {
        containers: [
          { name: 'a', image: 'a' },
          { name: 'a', image: 'a' },
        ],
      },
      'spec.containers[1].name: Duplicate value: "a"',
    ],
    [
      { containers: [{ name: 'a', image: 'a', ports: [{ containerPort: 70000 }] }] },
      'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    [
      { containers: [{ name: 'a', image: 'a', volumeMounts: [{ name: 'v', mountPath: '/v' }] }] },
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
    [
      { containers: [{ name: 'a', image: 'a', resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }] },
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
    [
      { containers: [{ name: 'a', image: 'a', imagePullPolicy: 'Maybe' }] },
      'spec.containers[0].imagePullPolicy: Unsupported value: "Maybe": supported values: "Always", "IfNotPresent", "Never"',
    ],
    [
      { containers: [{ name: 'a', image: 'a', readinessProbe: {} }] },
      'spec.containers[0].readinessProbe: Required value: must specify a handler type',
    ],
    [{ volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/' } }] }, /may not specify more than 1 volume type/],
    [{ nodeSelector: { 'a b': 'c' } }, /^spec\.nodeSelector: Invalid value: "a b": name part/],
    [
      { tolerations: [{ key: 'a', operator: 'Gt', value: '1' }] },
      'spec.tolerations[0].operator: Unsupported value: "Gt": supported values: "Equal", "Exists", "Lt", "Gt"',
    ],
    [
      { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } } },
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
    ],
    [
      { ephemeralContainers: [{ name: 'x', image: 'x' }] },
      'spec.ephemeralContainers: Forbidden: cannot be set on create',
    ],
  ])('is refused with %j', (spec, text) => {
    expect(complaint(spec)).toMatch(text)
  })

  test('of which two things are wrong says both', () => {
    const { message, details } = refusal(() => created({ containers: [{ name: 'a' }], restartPolicy: 'Maybe' }))
    expect(message).toBe(
      'Pod "p" is invalid: [spec.containers[0].image: Required value, spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"]',
    )
    expect(details).toEqual({
      name: 'p',
      kind: 'Pod',
      causes: [
        { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.containers[0].image' },
        {
          reason: 'FieldValueNotSupported',
          message: 'Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"',
          field: 'spec.restartPolicy',
        },
      ],
    })
  })

  test('may change its image and gain tolerations, and hardly more', () => {
    const { store } = aStore()
    store.create('pods', 'default', aPod('p'))
    const change = (edit: (spec: { readonly [field: string]: object }) => object) =>
      store.change('pods', 'default', 'p', pod => ({
        ...pod,
        spec: edit(pod.spec as { readonly [field: string]: object }),
      }))
    const image = (spec: { readonly [field: string]: object }) => ({
      ...spec,
      containers: (spec.containers as readonly object[]).map(container => ({ ...container, image: 'other:2' })),
    })
    expect(change(image).metadata.generation).toBe(2)
    const added = { key: 'x', operator: 'Exists' }
    expect(
      change(spec => ({ ...spec, tolerations: [...(spec.tolerations as readonly object[]), added] })).spec,
    ).toMatchObject({
      tolerations: [{}, {}, added],
    })
    expect(refusal(() => change(spec => ({ ...spec, tolerations: [] }))).message).toMatch(
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    )
    expect(refusal(() => change(spec => ({ ...spec, nodeSelector: { a: 'b' } }))).message).toMatch(
      'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`',
    )
    expect(refusal(() => change(spec => ({ ...spec, containers: [] }))).message).toMatch(
      'pod updates may not add or remove containers',
    )
  })
})

describe('a node', () => {
  const created = (fields: object = {}) => {
    const { store } = aStore()
    store.create('nodes', '', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, ...fields })
    return store
  }

  test('starts tainted, until it is ready', () => {
    expect(created().get('nodes', '', 'n').spec).toEqual({
      taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }],
    })
  })

  test('offers its capacity, unless it says less', () => {
    const store = created({ status: { capacity: { cpu: '4' } } })
    expect(store.get('nodes', '', 'n').status).toMatchObject({ allocatable: { cpu: '4' } })
  })

  test('has each taint once', () => {
    const taint = { key: 'a', value: 'b', effect: 'NoSchedule' }
    const store = created()
    const { message } = refusal(() =>
      store.change('nodes', '', 'n', node => ({ ...node, spec: { taints: [taint, taint] } })),
    )
    expect(message).toBe(
      'Node "n" is invalid: metadata.taints[1]: Duplicate value: {"Key":"a","Value":"b","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
    )
  })
})

describe('metadata', () => {
  const created = (metadata: object) => () => aStore().store.create('pods', 'default', aPod('p', {}, metadata))
  const owner = { apiVersion: 'v1', kind: 'A', name: 'a', uid: '1' }

  test.each<[object, string | RegExp]>([
    [{ name: 'Not' }, /^Pod "Not" is invalid: metadata\.name: Invalid value: "Not": a lowercase RFC 1123 subdomain/],
    [{ labels: { a: '-' } }, /metadata\.labels: Invalid value: "-": a valid label must be an empty string/],
    [{ labels: { 'a/b/c': '' } }, /metadata\.labels: Invalid value: "a\/b\/c": a valid label key must consist of/],
    [{ annotations: { a: 'x'.repeat(300_000) } }, 'metadata.annotations: Too long: may not be more than 262144 bytes'],
    [
      { ownerReferences: [{ ...owner, uid: '' }] },
      'metadata.ownerReferences[0].uid: Required value: must not be empty',
    ],
    [
      {
        ownerReferences: [
          { ...owner, controller: true },
          { ...owner, kind: 'B', controller: true },
        ],
      },
      'Only one reference can have Controller set to true. Found "true" in references for A/a and B/a',
    ],
    [
      { finalizers: ['orphan', 'foregroundDeletion'] },
      'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
    ],
  ])('%# is refused', (metadata, text) => {
    expect(refusal(created(metadata)).message).toMatch(text)
  })

  test('gets no new finalizer once it is being deleted', () => {
    const { store } = aStore()
    store.create('pods', 'default', aPod('p', {}, { finalizers: ['a/b'] }))
    store.delete('pods', 'default', 'p')
    const add = (pod: KubeObject) => ({ ...pod, metadata: { ...pod.metadata, finalizers: ['a/b', 'c/d'] } })
    expect(refusal(() => store.change('pods', 'default', 'p', add)).message).toBe(
      'Pod "p" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"c/d"}',
    )
  })
})

describe('an event', () => {
  const event = (fields: object): Draft => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e' },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
    reason: 'Started',
    ...fields,
  })

  test('is about an object of its namespace', () => {
    const { store } = aStore()
    store.create('events', 'default', event({}))
    expect(refusal(() => store.create('events', 'kube-system', event({}))).message).toBe(
      'Event "e" is invalid: involvedObject.namespace: Invalid value: "default": does not match event.namespace',
    )
  })

  test('with a time of its own names who reports what', () => {
    const { message } = refusal(() =>
      aStore().store.create('events', 'default', event({ eventTime: '2026-01-01T00:00:00.000000Z' })),
    )
    expect(message).toBe(
      'Event "e" is invalid: [reportingComponent: Required value, reportingInstance: Required value, action: Required value]',
    )
  })
})

test('a lease is updated by who knows its resourceVersion only, and lasts some time', () => {
  const { store } = aStore()
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' }, spec: {} }
  const { metadata } = store.create('leases', 'kube-node-lease', lease)
  expect(refusal(() => store.update('leases', 'kube-node-lease', 'l', lease))).toMatchObject({
    code: 422,
    message:
      'leases.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
  })
  const spec = { leaseDurationSeconds: 0 }
  expect(refusal(() => store.update('leases', 'kube-node-lease', 'l', { ...lease, metadata, spec })).message).toMatch(
    'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
  )
})

test('a namespace is labelled with its name, and keeps its finalizers through an ordinary write', () => {
  const { store } = aStore()
  const namespace = store.change('namespaces', '', 'default', present => ({
    ...present,
    metadata: { ...present.metadata, labels: { team: 'a' } },
    spec: { finalizers: [] },
  }))
  expect(namespace).toMatchObject({
    metadata: { labels: { team: 'a', 'kubernetes.io/metadata.name': 'default' } },
    spec: { finalizers: ['kubernetes'] },
  })
  expect(refusal(() => store.create('namespaces', '', { ...namespace, metadata: { name: 'a.b' } })).message).toBe(
    'Namespace "a.b" is invalid: metadata.name: Invalid value: "a.b": must not contain dots',
  )
})
