import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { daemonSet, daemonSets, type Served, served } from './testing/served.ts'

// Whatever is sent, the answer is one of Kubernetes' own, and never a defect: the server would end with it.

let server: Served

beforeAll(async () => {
  server = await served()
  server.store.create('daemonsets', 'default', daemonSet('present'))
  server.store.create('nodes', '', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'present' } })
  server.store.create('pods', 'default', pod('present'))
})
afterAll(() => server.close())

const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { a: 'b' } },
  spec: {
    containers: [
      {
        name: 'main',
        image: 'nginx',
        ports: [{ containerPort: 80 }],
        env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
        resources: { limits: { cpu: '1' }, requests: { cpu: '500m' } },
        livenessProbe: { httpGet: { port: 80 } },
        volumeMounts: [{ name: 'v', mountPath: '/v' }],
      },
    ],
    volumes: [{ name: 'v', hostPath: { path: '/v' } }],
    tolerations: [{ key: 'a', operator: 'Exists' }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }], matchFields: [] }],
        },
      },
    },
  },
})

type Case = { readonly collection: string; readonly body: object; readonly present: string }

const cases: readonly Case[] = [
  {
    collection: daemonSets,
    body: {
      ...daemonSet('x'),
      spec: {
        ...daemonSet('x').spec,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      },
    },
    present: `${daemonSets}/present`,
  },
  { collection: '/api/v1/namespaces/default/pods', body: pod('x'), present: '/api/v1/namespaces/default/pods/present' },
  {
    collection: '/api/v1/nodes',
    body: {
      metadata: { name: 'x' },
      spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] },
      status: { conditions: [{ type: 'Ready', status: 'True' }], capacity: { cpu: '1' } },
    },
    present: '/api/v1/nodes/present',
  },
  {
    collection: '/api/v1/namespaces/default/events',
    body: {
      metadata: { name: 'x', namespace: 'default' },
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
      reason: 'R',
      series: { count: 2, lastObservedTime: '2026-01-01T00:00:00.000000Z' },
    },
    present: '/api/v1/namespaces/default/events/absent',
  },
  {
    collection: '/apis/apps/v1/namespaces/default/controllerrevisions',
    body: {
      metadata: {
        name: 'x',
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'a', uid: 'u', controller: true }],
      },
      revision: 1,
      data: { a: 1 },
    },
    present: '/apis/apps/v1/namespaces/default/controllerrevisions/absent',
  },
  {
    collection: '/apis/coordination.k8s.io/v1/namespaces/default/leases',
    body: {
      metadata: { name: 'x' },
      spec: { holderIdentity: 'h', leaseDurationSeconds: 5, renewTime: '2026-01-01T00:00:00.000000Z' },
    },
    present: '/apis/coordination.k8s.io/v1/namespaces/default/leases/absent',
  },
  {
    collection: '/api/v1/namespaces',
    body: { metadata: { name: 'x', finalizers: ['a/b'] }, spec: { finalizers: ['kubernetes'] } },
    present: '/api/v1/namespaces/default',
  },
  {
    collection: '/api/v1/namespaces/default/serviceaccounts',
    body: { metadata: { name: 'x' }, secrets: [{ name: 's' }] },
    present: '/api/v1/namespaces/default/serviceaccounts/absent',
  },
]

const junk = fc.constantFrom<unknown>(
  null,
  '',
  'x',
  'Not Valid!',
  0,
  -1,
  1.5,
  1e12,
  true,
  [],
  {},
  [null],
  [''],
  { a: null },
  { '': '' },
  '50%',
  '1e999999999',
  `1${'0'.repeat(10_000)}`,
  [{}],
  undefined,
)

/** The value with some of its inner values replaced. */
function broken(value: unknown, at: readonly number[], replacement: unknown): unknown {
  const [here, ...deeper] = at
  if (here === undefined || typeof value !== 'object' || value === null) return replacement
  const keys = Object.keys(value)
  const key = keys[here % Math.max(1, keys.length)]
  if (key === undefined) return replacement
  const inner = broken((value as Record<string, unknown>)[key], deeper, replacement)
  return Array.isArray(value)
    ? value.map((item, index) => (String(index) === key ? inner : item))
    : { ...value, [key]: inner }
}

const path = fc.array(fc.nat(20), { minLength: 1, maxLength: 9 })
const breakages = fc.array(fc.tuple(path, junk), { minLength: 1, maxLength: 3 })
const brokenCase = fc.tuple(fc.constantFrom(...cases), breakages).map(([{ body, ...rest }, faults]) => ({
  ...rest,
  body: faults.reduce<unknown>((present, [at, replacement]) => broken(present, at, replacement), body),
}))

const answered = (code: number) => expect([200, 201, 400, 403, 404, 405, 409, 413, 415, 422]).toContain(code)

test('an object that is broken somewhere is created or refused', async () => {
  await fc.assert(
    fc.asyncProperty(brokenCase, async ({ collection, body }) => {
      answered((await server.send(`${collection}?dryRun=All`, { method: 'POST', body })).code)
    }),
    { numRuns: 300 },
  )
})

test('a patch that is broken somewhere is done or refused', async () => {
  const types = ['merge-patch', 'strategic-merge-patch', 'json-patch'] as const
  const patches = fc.tuple(brokenCase, fc.constantFrom(...types), fc.constantFrom('', '/status'))
  await fc.assert(
    fc.asyncProperty(patches, async ([{ present, body }, type, below]) => {
      const sent = type === 'json-patch' ? [{ op: 'replace', path: '/spec', value: body }] : body
      const headers = { 'content-type': `application/${type}+json` }
      const { code, json } = await server.send(`${present}${below}?dryRun=All`, {
        method: 'PATCH',
        body: sent,
        headers,
      })
      // kube-apiserver has no status for some errors of strategic merge patches, and answers 500 in their words.
      if (code === 500) expect(json().message).not.toMatch(/^Internal error/)
      else answered(code)
    }),
    { numRuns: 300 },
  )
})

const nestings = fc.tuple(
  fc.constantFrom('[', '{"a":'),
  fc.oneof(fc.integer({ min: 900, max: 1_100 }), fc.constantFrom(10_000, 50_000)),
)
const nested = (open: string, levels: number): string =>
  `${open.repeat(levels)}1${(open === '[' ? ']' : '}').repeat(levels)}`
const revisions = '/apis/apps/v1/namespaces/default/controllerrevisions'

test('a body that nests without end is done or refused, wherever it may nest', async () => {
  server.store.create('controllerrevisions', 'default', {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name: 'present' },
    revision: 1,
    data: { a: 1 },
  })
  const types = ['merge-patch', 'strategic-merge-patch', 'json-patch'] as const
  await fc.assert(
    fc.asyncProperty(nestings, fc.constantFrom(null, ...types), async ([open, levels], type) => {
      const data = nested(open, levels)
      const body =
        type === 'json-patch'
          ? `[{"op":"add","path":"/data","value":${data}}]`
          : `{"metadata":{"name":"${type === null ? 'deep' : 'present'}"},"revision":1,"data":${data}}`
      const path = type === null ? revisions : `${revisions}/present`
      const headers = type === null ? undefined : { 'content-type': `application/${type}+json` }
      const { code } = await server.send(`${path}?dryRun=All`, {
        method: type === null ? 'POST' : 'PATCH',
        body,
        ...(headers ? { headers } : {}),
      })
      answered(code)
      if (levels > 1_000) expect(code).toBe(400)
    }),
    { numRuns: 60 },
  )
})

test('a JSON patch that nests by many operations is refused', async () => {
  const level = nested('{"a":', 900)
  const under = '/a'.repeat(900)
  const body = [0, 1, 2, 3].map(depth => `{"op":"add","path":"/data${under.repeat(depth)}","value":${level}}`)
  const { code, json } = await server.send(`${revisions}/present?dryRun=All`, {
    method: 'PATCH',
    body: `[${body.join(',')}]`,
    headers: { 'content-type': 'application/json-patch+json' },
  })
  expect([code, json().message]).toEqual([400, 'the patched object: exceeded max depth of 1000'])
})

test('a query that makes no sense is answered', async () => {
  const names = [
    'limit',
    'continue',
    'labelSelector',
    'fieldSelector',
    'resourceVersion',
    'resourceVersionMatch',
    'includeObject',
    'sendInitialEvents',
  ]
  const values = fc.oneof(
    fc.constantFrom('', '0', '-1', 'x', 'a=b', 'a in (b', '%', 'Exact', 'true', '99999999999'),
    fc.string(),
  )
  const queries = fc.dictionary(fc.constantFrom(...names), values)
  const accepts = fc.constantFrom(
    'application/json',
    'application/json;as=Table;v=v1;g=meta.k8s.io',
    '*/*',
    'text/html',
    ';;;=,',
  )
  await fc.assert(
    fc.asyncProperty(queries, accepts, async (query, accept) => {
      const { code } = await server.send(`${daemonSets}?${new URLSearchParams(query)}`, { headers: { accept } })
      expect([200, 400, 406, 410, 422, 504]).toContain(code)
    }),
    { numRuns: 200 },
  )
})
