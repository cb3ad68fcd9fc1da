import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  commandId,
  goCanonicalJson,
  type Json,
  readResourceOverrides,
  slotOf,
  templateDigest,
} from '@rollcall/contracts'
import { type ControlPlane, type Kubectl, startControlPlane } from '@rollcall/infra'
import { connectClusters } from '@rollcall/kube'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DaemonSetRef, type JsonObject, objectIn, textIn } from './kube-objects.ts'
import { neededRights } from './rights.ts'
import {
  aboutDaemonSet,
  createPodCommand,
  createRevisionCommand,
  deletePodCommand,
  evictPodCommand,
  statusCommand,
  untaintNodeCommand,
} from './testing/make.ts'
import { startOnReal, until } from './testing/real-cluster.ts'

/** Commands as the reconciler issues them, applied by the real ClusterApi to a real API server. */

const namespace = 'logs'
const name = 'fluentd'

const daemonSetObject: JsonObject = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name, namespace, annotations: { note: 'a<b&c>d', 'kubernetes.io/change-cause': 'first' } },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name }, annotations: { note: 'x<y>&z\u2028' } },
      spec: {
        hostNetwork: true,
        tolerations: [
          { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        ],
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] },
              ],
            },
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, preference: { matchExpressions: [{ key: 'zone', operator: 'Exists' }] } },
            ],
          },
        },
        containers: [
          {
            name: 'main',
            image: 'fluentd:1',
            args: ['--filter=<a&b>'],
            ports: [{ containerPort: 24224 }],
            resources: { limits: { memory: '200Mi' }, requests: { cpu: '100m' } },
            readinessProbe: { httpGet: { path: '/', port: 8080 } },
            env: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
          },
        ],
      },
    },
  },
}

const dir = mkdtempSync(join(tmpdir(), 'rollcall-executor-'))
let plane: ControlPlane
let kubectl: Kubectl
let real: Awaited<ReturnType<typeof startOnReal>>
let daemonSet: DaemonSetRef
/** What Kubernetes' own controller made of the DaemonSet, before it was stopped. */
let reference: { pod: JsonObject; revision: JsonObject; hash: string }

const read = async (...args: string[]): Promise<JsonObject> =>
  JSON.parse(await kubectl(['-n', namespace, 'get', ...args, '-o', 'json']))
const raw = (path: string) => kubectl(['get', '--raw', `/${path}`])
const metaOf = (object: JsonObject) => objectIn(object, 'metadata')
const uidOf = (object: JsonObject) => textIn(metaOf(object), 'uid')
const idFor = (subject: string) =>
  commandId({ cluster: 'c1', position: 1, slot: slotOf(daemonSet.uid, subject), type: 'CreatePod', subject })

function creation(node: string, more: Parameters<typeof createPodCommand>[1] = {}) {
  const revision = { name: textIn(metaOf(reference.revision), 'name'), hash: reference.hash }
  const id = idFor(`${node}/${Math.random()}`)
  return createPodCommand(node, { of: daemonSet, revision, podName: `${name}-${id.slice(0, 10)}`, id, ...more })
}

async function barePod(podName: string, labels: JsonObject = { app: name }): Promise<string> {
  const spec = { containers: [{ name: 'c', image: 'i' }] }
  await kubectl(['apply', '-f', '-'], {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: podName, namespace, labels },
    spec,
  })
  return uidOf(await read('pod', podName))
}

beforeAll(async () => {
  plane = await startControlPlane({ name: 'executor', dir, daemonSetController: true })
  kubectl = plane.kubectl
  await plane.addNodes(1)
  await kubectl(['create', 'namespace', namespace])
  await kubectl(['apply', '-f', '-'], daemonSetObject)
  const pods = await until('the reference has made its pod', async () => {
    const { items } = await read('pods', '-l', `app=${name}`)
    return Array.isArray(items) && items.length === 1 ? items : null
  })
  await plane.components.daemonSetController?.stop()
  const revisions = (await read('controllerrevisions')).items as JsonObject[]
  const pod = pods[0] as JsonObject
  const [revision] = revisions
  if (!revision) throw new Error('the reference made no revision')
  reference = { pod, revision, hash: textIn(objectIn(metaOf(pod), 'labels'), 'controller-revision-hash') }
  daemonSet = { namespace, name, uid: uidOf(await read('daemonset', name)) }
  real = await startOnReal(plane.kubeconfig)
})

afterAll(async () => {
  await real?.close()
  await plane?.stop()
  rmSync(dir, { recursive: true, force: true })
})

describe('pods', () => {
  test('our pod is the reference’s pod, but for its name and the command', async () => {
    const command = { ...creation('node-1'), templateGeneration: 1 }
    const [outcome] = await real.run(command)
    const ours = await read('pod', command.podName)
    expect(outcome).toMatchObject({ result: 'done', object: { name: command.podName, uid: uidOf(ours) }, attempts: 1 })
    const { nodeName: _, ...spec } = objectIn(ours, 'spec')
    const { nodeName: __, ...specOfReference } = objectIn(reference.pod, 'spec')
    expect(spec).toEqual(specOfReference)
    const keep = (object: JsonObject) => {
      const { labels, annotations, generateName, ownerReferences } = metaOf(object)
      return { labels, annotations, generateName, ownerReferences }
    }
    const mine = keep(ours)
    expect(mine.annotations).toMatchObject({ 'rollcall.dev/command': command.id })
    const { 'rollcall.dev/command': ___, ...annotations } = mine.annotations as JsonObject
    expect({ ...mine, annotations }).toEqual(keep(reference.pod))
  })

  test('creating twice is creating once; a foreign pod of the name is reported', async () => {
    const command = creation('node-1')
    const [first] = await real.run(command)
    const other = await startOnReal(plane.kubeconfig)
    const [second] = await other.run(command)
    await other.close()
    expect(second).toMatchObject({ result: 'alreadyDone', object: { uid: first?.object?.uid } })

    const uid = await barePod('taken')
    const [taken] = await real.run(creation('node-1', { podName: 'taken' }))
    expect(taken).toMatchObject({
      result: 'nameTaken',
      object: { uid },
      answer: { code: 409, reason: 'AlreadyExists', message: expect.stringContaining('pods "taken" already exists') },
    })
  })

  test('a pod the API does not accept is refused, in its words', async () => {
    const [outcome] = await real.run(creation('node-1', { podName: 'Not A Name' }))
    expect(outcome).toMatchObject({ result: 'refused', answer: { code: 422, reason: 'Invalid' } })
  })

  test('deleting: the pod meant, a replaced one, one that is gone', async () => {
    const uid = await barePod('doomed')
    const run = async (of: string) =>
      (await real.run(deletePodCommand('node-1', { name: 'doomed', uid: of }, { of: daemonSet })))[0]
    expect(await run('11111111-2222-3333-4444-555555555555')).toMatchObject({
      result: 'superseded',
      object: { uid },
      answer: { code: 409 },
    })
    expect(await run(uid)).toMatchObject({ result: 'done', object: { name: 'doomed', uid } })
    await kubectl(['-n', namespace, 'wait', '--for=delete', 'pod/doomed', '--timeout=60s'])
    expect(await run(uid)).toMatchObject({ result: 'alreadyDone', answer: { code: 404 } })
  })

  test('adopt, relabel, release; each only the pod it means', async () => {
    const uid = await barePod('orphan')
    const stranger = { name: 'orphan', uid: '11111111-2222-3333-4444-555555555555' }
    const pod = { name: 'orphan', uid }
    const run = async (...command: Parameters<typeof aboutDaemonSet>) => (await real.run(aboutDaemonSet(...command)))[0]
    const of = { of: daemonSet }
    for (const type of ['AdoptPod', 'ReleasePod'] as const) {
      expect(await run(type, { pod: stranger }, of)).toMatchObject({ result: 'superseded', answer: { code: 422 } })
    }
    expect(await run('RelabelPod', { pod: stranger, hash: 'h' }, of)).toMatchObject({
      result: 'superseded',
      answer: { code: 422 },
    })

    expect(await run('AdoptPod', { pod }, of)).toMatchObject({ result: 'done', object: { uid } })
    expect(metaOf(await read('pod', 'orphan')).ownerReferences).toEqual(metaOf(reference.pod).ownerReferences)
    expect(await run('AdoptPod', { pod }, of)).toMatchObject({ result: 'done' })
    expect(await run('RelabelPod', { pod, hash: 'newhash' }, of)).toMatchObject({ result: 'done' })
    expect(metaOf(await read('pod', 'orphan')).labels).toEqual({ app: name, 'controller-revision-hash': 'newhash' })

    expect(await run('ReleasePod', { pod }, of)).toMatchObject({ result: 'done' })
    expect(metaOf(await read('pod', 'orphan')).ownerReferences).toBeUndefined()
    // Nothing left to release: the API has no words of complaint for that, or calls it invalid.
    expect(['done', 'superseded']).toContain((await run('ReleasePod', { pod }, of))?.result)
  })

  test('a pod with another controller is not adopted', async () => {
    await barePod('owned')
    // It must exist, or the garbage collector takes the pod.
    await kubectl(['-n', namespace, 'create', 'configmap', 'owner'])
    const ownerUid = uidOf(await read('configmap', 'owner'))
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: ownerUid, controller: true }
    await kubectl([
      '-n',
      namespace,
      'patch',
      'pod',
      'owned',
      '-p',
      JSON.stringify({ metadata: { ownerReferences: [owner] } }),
    ])
    const pod = { name: 'owned', uid: uidOf(await read('pod', 'owned')) }
    const [outcome] = await real.run(aboutDaemonSet('AdoptPod', { pod }, { of: daemonSet }))
    expect(outcome).toMatchObject({ result: 'refused', answer: { code: 422 } })
    expect(outcome?.answer?.message).toContain('Only one reference can have Controller set to true')
  })

  test('a quota: what fits is made, one is refused, the rest is not attempted', async () => {
    const quota = 'creations'
    const count = ((await read('pods')).items as Json[]).length
    const hard = { 'count/pods': String(count + 3) }
    await kubectl(['apply', '-f', '-'], {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: quota, namespace },
      spec: { hard },
    })
    // Its controller does not run here: what it would find out.
    const status = JSON.stringify({ status: { hard, used: { 'count/pods': String(count) } } })
    await kubectl([
      '-n',
      namespace,
      'patch',
      'resourcequota',
      quota,
      '--subresource=status',
      '--type=merge',
      '-p',
      status,
    ])
    try {
      const outcomes = await real.run(...Array.from({ length: 30 }, (_, index) => creation(`quota-${index}`)))
      const of = (result: string) => outcomes.filter(outcome => outcome.result === result)
      expect(of('done')).toHaveLength(3)
      expect(of('refused').length).toBeLessThanOrEqual(8)
      expect(of('refused').length + of('notAttempted').length).toBe(27)
      expect(of('refused')[0]?.answer).toMatchObject({ code: 403, reason: 'Forbidden' })
      expect(of('notAttempted')[0]?.answer?.message).toContain('exceeded quota: creations')
    } finally {
      await kubectl(['-n', namespace, 'delete', 'resourcequota', quota])
    }
  })
})

describe('what a DaemonSet asks for (docs/annotations.md)', () => {
  test('an eviction is refused while a disruption budget says no, and done when none does', async () => {
    const uid = await barePod('guarded', { app: 'guarded' })
    // Budgets do not protect a pod that never ran.
    await kubectl([
      '-n',
      namespace,
      'patch',
      'pod',
      'guarded',
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"phase":"Running"}}',
    ])
    const selector = { matchLabels: { app: 'guarded' } }
    await kubectl(['apply', '-f', '-'], {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'guard', namespace },
      spec: { minAvailable: 1, selector },
    })
    const eviction = (of: string) => evictPodCommand('node-1', { name: 'guarded', uid: of }, { of: daemonSet })
    const [refused] = await real.run(eviction(uid))
    expect(refused).toMatchObject({ result: 'refused', answer: { code: 429, cause: 'DisruptionBudget' }, attempts: 1 })
    await kubectl(['-n', namespace, 'delete', 'pdb', 'guard'])
    const [other] = await real.run(eviction('11111111-2222-3333-4444-555555555555'))
    expect(other).toMatchObject({ result: 'superseded', object: { uid } })
    expect(uidOf(await read('pod', 'guarded'))).toBe(uid)
    const [done] = await real.run(eviction(uid))
    expect(done).toMatchObject({ result: 'done', answer: null })
    await until(
      'it is gone',
      async () => !(await kubectl(['-n', namespace, 'get', 'pods', '-o', 'name'])).includes('guarded'),
    )
  })

  test('a taint is taken from a node, and no other', async () => {
    const key = 'example.com/starting'
    await kubectl(['taint', 'node', 'node-1', `${key}=yes:NoSchedule`, 'example.com/other:PreferNoSchedule'])
    const node = await read('node', 'node-1')
    const untaint = (uid: string) =>
      untaintNodeCommand('node-1', uid, { key, value: 'yes', effect: 'NoSchedule' }, { of: daemonSet })
    const [other] = await real.run(untaint('before'))
    expect(other).toMatchObject({ result: 'superseded' })
    const [done] = await real.run(untaint(uidOf(node)))
    const [again] = await real.run(untaint(uidOf(node)))
    expect([done?.result, again?.result]).toEqual(['done', 'alreadyDone'])
    const { taints } = objectIn(await read('node', 'node-1'), 'spec')
    expect(taints).toContainEqual({ key: 'example.com/other', effect: 'PreferNoSchedule' })
    expect(JSON.stringify(taints)).not.toContain(key)
    await kubectl(['taint', 'node', 'node-1', 'example.com/other-'])
  })

  test('a pod gets the resources of its override and the tolerations that are left', async () => {
    const text = JSON.stringify([
      {
        name: 'large',
        nodes: 'pool=large',
        containers: { main: { requests: { cpu: '250m' }, limits: { memory: '1Gi' } } },
      },
    ])
    await kubectl(['-n', namespace, 'annotate', 'daemonset', name, `rollcall.dev/resource-overrides=${text}`])
    const [override] = readResourceOverrides(text) ?? []
    const asked = {
      withoutTolerations: ['node.kubernetes.io/unschedulable'],
      override: { name: 'large', digest: override?.digest ?? '' },
    }
    const [command, stale] = [
      creation('node-1', { asked }),
      creation('node-1', { asked: { ...asked, override: { name: 'large', digest: 'x' } } }),
    ]
    const [superseded] = await real.run(stale)
    const [done] = await real.run(command)
    expect([superseded?.result, done?.result]).toEqual(['superseded', 'done'])
    const pod = await read('pod', command.podName)
    expect(pod).toMatchObject({
      metadata: { labels: { 'rollcall.dev/override': `large.${override?.digest}` } },
      spec: {
        containers: [{ resources: { limits: { memory: '1Gi' }, requests: { cpu: '250m' } } }],
      },
    })
    expect(JSON.stringify(objectIn(pod, 'spec').tolerations)).not.toContain('unschedulable')
    await kubectl(['-n', namespace, 'delete', 'pod', command.podName, '--grace-period=0', '--force'])
    await kubectl(['-n', namespace, 'annotate', 'daemonset', name, 'rollcall.dev/resource-overrides-'])
  })
})

describe('revisions', () => {
  const target = async (revision: string) => ({
    name: revision,
    uid: uidOf(await read('controllerrevision', revision)),
  })
  const dataIn = (text: string) => /"data":(\{.*\}),"revision"/s.exec(text)?.[1]
  const path = (revision: string) => `apis/apps/v1/namespaces/${namespace}/controllerrevisions/${revision}`

  test('our data has the very bytes of the reference’s, also after number and label were changed', async () => {
    const live = await read('daemonset', name)
    const template = objectIn(objectIn(live, 'spec'), 'template')
    const create = createRevisionCommand({ of: daemonSet, name: `${name}-ours`, digest: templateDigest(template) })
    const [created] = await real.run(create)
    expect(created).toMatchObject({ result: 'done' })
    const theirs = await raw(path(textIn(metaOf(reference.revision), 'name')))
    const ours = await raw(path(`${name}-ours`))
    expect(dataIn(ours)).toBeDefined()
    expect(dataIn(ours)).toBe(dataIn(theirs))
    expect(dataIn(ours)).toBe(goCanonicalJson({ spec: { template: { ...template, $patch: 'replace' } } }))
    expect(metaOf(JSON.parse(ours)).annotations).toEqual(metaOf(JSON.parse(theirs)).annotations)
    expect(metaOf(JSON.parse(ours)).ownerReferences).toEqual(metaOf(JSON.parse(theirs)).ownerReferences)

    const revision = await target(`${name}-ours`)
    const [updated] = await real.run(
      aboutDaemonSet('UpdateRevision', { revision, number: 9, hash: 'other' }, { of: daemonSet }),
    )
    expect(updated).toMatchObject({ result: 'done' })
    const after = await raw(path(`${name}-ours`))
    expect(dataIn(after)).toBe(dataIn(theirs))
    expect(JSON.parse(after)).toMatchObject({
      revision: 9,
      metadata: { labels: { app: name, 'controller-revision-hash': 'other' } },
    })
  })

  test('of a name that is taken: the same data is as good as created, other data collides', async () => {
    const template = objectIn(objectIn(await read('daemonset', name), 'spec'), 'template')
    const taken = { of: daemonSet, name: textIn(metaOf(reference.revision), 'name') }
    const [same] = await real.run(createRevisionCommand({ ...taken, digest: templateDigest(template) }))
    expect(same).toMatchObject({ result: 'alreadyDone', object: { uid: uidOf(reference.revision) } })
    await kubectl(['apply', '-f', '-'], {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: { name: `${name}-foreign`, namespace },
      data: { spec: { template: { spec: { containers: [] } } } },
      revision: 1,
    })
    const [other] = await real.run(
      createRevisionCommand({ of: daemonSet, name: `${name}-foreign`, digest: templateDigest(template) }),
    )
    expect(other).toMatchObject({ result: 'collided', answer: { code: 409, reason: 'AlreadyExists' } })
  })

  test('adopt, release, delete; each only the revision it means', async () => {
    const revision = await target(`${name}-foreign`)
    const stranger = { ...revision, uid: '11111111-2222-3333-4444-555555555555' }
    const run = async (...command: Parameters<typeof aboutDaemonSet>) => (await real.run(aboutDaemonSet(...command)))[0]
    const of = { of: daemonSet }
    expect(await run('UpdateRevision', { revision: stranger, number: 3, hash: null }, of)).toMatchObject({
      result: 'superseded',
    })
    expect(await run('AdoptRevision', { revision: stranger }, of)).toMatchObject({ result: 'superseded' })
    expect(await run('AdoptRevision', { revision }, of)).toMatchObject({ result: 'done' })
    expect(await run('ReleaseRevision', { revision }, of)).toMatchObject({ result: 'done' })
    expect(metaOf(await read('controllerrevision', `${name}-foreign`)).ownerReferences).toBeUndefined()
    expect(await run('DeleteRevision', { revision: stranger }, of)).toMatchObject({ result: 'superseded' })
    expect(await run('DeleteRevision', { revision }, of)).toMatchObject({ result: 'done', object: revision })
    expect(await run('DeleteRevision', { revision }, of)).toMatchObject({ result: 'alreadyDone' })
  })
})

describe('status', () => {
  test('our fields are written; conditions of others stay; another DaemonSet of the name is left alone', async () => {
    const condition = {
      type: 'Foreign',
      status: 'True',
      reason: 'x',
      message: 'y',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    }
    await kubectl([
      ...['-n', namespace, 'patch', 'daemonset', name, '--subresource=status', '--type=merge', '-p'],
      JSON.stringify({ status: { conditions: [condition] } }),
    ])
    const [outcome] = await real.run(statusCommand(2, { of: daemonSet }))
    expect(outcome).toMatchObject({ result: 'done', object: { uid: daemonSet.uid } })
    const { status } = await read('daemonset', name)
    expect(status).toEqual({
      observedGeneration: 2,
      desiredNumberScheduled: 3,
      currentNumberScheduled: 3,
      numberMisscheduled: 0,
      numberReady: 2,
      numberAvailable: 2,
      numberUnavailable: 1,
      updatedNumberScheduled: 3,
      conditions: [condition],
    })
    const [other] = await real.run(
      statusCommand(1, { of: { ...daemonSet, uid: '11111111-2222-3333-4444-555555555555' } }),
    )
    expect(other).toMatchObject({ result: 'superseded', object: { uid: daemonSet.uid }, answer: { code: 422 } })
  })
})

test('Kubernetes Events: kubectl describe shows them as always', async () => {
  const command = creation('node-1')
  await real.run(
    command,
    aboutDaemonSet(
      'RecordEvent',
      { eventType: 'Warning', reason: 'FailedDaemonPod', message: 'Found failed daemon pod' },
      { of: daemonSet },
    ),
  )
  await until('both Events', async () => {
    const described = await kubectl(['-n', namespace, 'describe', 'daemonset', name])
    return /FailedDaemonPod\s+\S+\s+daemonset-controller\s+Found failed daemon pod/.test(described)
  })
})

test('a namespace that is torn down: the cause is passed on', async () => {
  const doomed = 'doomed'
  await kubectl(['create', 'namespace', doomed])
  await kubectl(['apply', '-f', '-'], { ...daemonSetObject, metadata: { name, namespace: doomed } })
  // A pod with a finalizer keeps the namespace terminating.
  await kubectl(['apply', '-f', '-'], {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'stays', namespace: doomed, finalizers: ['example.com/stay'] },
  })
  const of = {
    namespace: doomed,
    name,
    uid: uidOf(JSON.parse(await kubectl(['-n', doomed, 'get', 'ds', name, '-o', 'json']))),
  }
  const template = JSON.parse(await kubectl(['-n', doomed, 'get', 'ds', name, '-o', 'json'])).spec.template
  await real.run(createRevisionCommand({ of, name: `${name}-r`, digest: templateDigest(template) }))
  const revision = { name: `${name}-r`, hash: '9999' }
  const first = creation('node-1', { of, revision, slot: slotOf(of.uid, 'node-1') })
  expect(await real.run(first)).toMatchObject([{ result: 'done' }])
  await kubectl(['delete', 'namespace', doomed, '--wait=false'])
  const second = creation('node-1', { of, revision, slot: slotOf(of.uid, 'node-1') })
  const [outcome] = await real.run(second)
  expect(outcome).toMatchObject({ result: 'refused', answer: { code: 403, cause: 'NamespaceTerminating' } })
  await kubectl(['-n', doomed, 'patch', 'configmap', 'stays', '--type=merge', '-p', '{"metadata":{"finalizers":null}}'])
})

test('credentials without rights: each missing one is named', async () => {
  const [nobody] = connectClusters([{ file: await plane.kubeconfigFor('nobody'), name: 'c1' }])
  const [admin] = connectClusters([{ file: plane.kubeconfig, name: 'c1' }])
  expect(await nobody?.missingRights(neededRights)).toEqual(neededRights)
  expect(await admin?.missingRights(neededRights)).toEqual([])
  await Promise.all([nobody?.close(), admin?.close()])
})

test('the API server goes away in the middle and comes back: every command is done, once', async () => {
  const commands = Array.from({ length: 300 }, (_, index) => creation(`outage-${index}`))
  await real.log.deliver(...commands.slice(0, 100))
  await until('the first are done', async () =>
    real.log.outcomes().some(outcome => outcome === `${commands[20]?.id} done`),
  )
  await plane.components.apiserver.kill()
  await real.log.deliver(...commands.slice(100))
  await until('the outage is noticed', async () => real.executor.outages().length > 0)
  await plane.components.apiserver.restart()
  await until(
    'all have their outcome',
    async () => commands.every(({ id }) => real.log.outcomes().some(outcome => outcome.startsWith(id))),
    120_000,
  )
  const results = real.log.outcomes().filter(outcome => commands.some(({ id }) => outcome.startsWith(id)))
  expect(results.filter(outcome => !/ (done|alreadyDone)$/.test(outcome))).toEqual([])
  const { items } = await read('pods', '-l', `app=${name}`)
  const made = (items as JsonObject[]).map(pod => objectIn(metaOf(pod), 'annotations')['rollcall.dev/command'])
  for (const { id } of commands) expect(made.filter(command => command === id)).toHaveLength(1)
  await until('the offset reaches the end', async () => real.store.offset === BigInt(real.log.delivered))
})
