import { type Command, overrideValue, readResourceOverrides } from '@rollcall/contracts'
import type { KubeObject } from '@rollcall/kube'
import { describe, expect, test } from 'vitest'
import { objectIn, textIn } from '../kube-objects.ts'
import { apiError } from '../testing/fake-cluster.ts'
import { aboutDaemonSet, createPodCommand, daemonSet, deletePodCommand, revision, template } from '../testing/make.ts'
import { toolsOnFake } from '../testing/tools.ts'
import { apply, type ObjectCommand } from './apply.ts'
import type { Tools } from './tools.ts'

const { namespace } = daemonSet
const never = new AbortController().signal
const run = (command: Command, tools: Tools) => apply(command as ObjectCommand, tools, never)
const uidOf = (object: KubeObject | undefined) => textIn(objectIn(object ?? {}, 'metadata'), 'uid')

function putPod(cluster: ReturnType<typeof toolsOnFake>['cluster'], name: string, metadata = {}): KubeObject {
  return cluster.put('Pod', { metadata: { namespace, name, labels: { app: 'fluentd' }, ...metadata } })
}

describe('CreatePod', () => {
  test('creates the pod of the revision, and tells of it', async () => {
    const { cluster, tools, told } = toolsOnFake()
    const command = createPodCommand('n1')
    const settled = await run(command, tools)
    const pod = cluster.peek('Pod', namespace, command.podName)
    expect(settled).toEqual({
      result: 'done',
      object: { name: command.podName, uid: uidOf(pod), resourceVersion: expect.any(String) },
      answer: null,
    })
    expect(pod).toMatchObject({
      metadata: {
        generateName: 'fluentd-',
        labels: { app: 'fluentd', 'pod-template-generation': '1', 'controller-revision-hash': revision.hash },
        annotations: { 'rollcall.dev/command': command.id },
        ownerReferences: [{ kind: 'DaemonSet', uid: daemonSet.uid, controller: true, blockOwnerDeletion: true }],
      },
      spec: (template as { spec: object }).spec,
    })
    expect(told).toMatchObject([
      { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${command.podName}` },
    ])
  })

  test('leaves out the tolerations that are not wanted, for these pods only', async () => {
    const { cluster, tools } = toolsOnFake()
    const wanting = { withoutTolerations: ['node.kubernetes.io/unschedulable'], override: null }
    const keysOf = async (command: ReturnType<typeof createPodCommand>) => {
      await run(command, tools)
      const { tolerations } = objectIn(cluster.peek('Pod', namespace, command.podName) ?? {}, 'spec')
      return (tolerations as { key: string }[]).map(({ key }) => key.slice(key.indexOf('/') + 1))
    }
    const pressures = ['disk-pressure', 'memory-pressure', 'pid-pressure']
    expect(await keysOf(createPodCommand('n1', { asked: wanting }))).toEqual(['not-ready', 'unreachable', ...pressures])
    expect(await keysOf(createPodCommand('n2'))).toContain('unschedulable')
  })

  test('gives the resources of the override it names, as the DaemonSet has them; others supersede it', async () => {
    const { cluster, tools, time } = toolsOnFake()
    const containers = { main: { requests: { memory: '1Gi' } }, elsewhere: { limits: { cpu: '1' } } }
    const text = JSON.stringify([{ name: 'large', nodes: 'pool=large', containers }])
    const [override] = readResourceOverrides(text) ?? []
    if (!override) throw new Error('no override')
    const live = cluster.peek('DaemonSet', namespace, daemonSet.name) ?? {}
    const put = (annotations: Record<string, string>) =>
      cluster.put('DaemonSet', { ...live, metadata: { ...objectIn(live, 'metadata'), annotations } })
    put({ 'rollcall.dev/resource-overrides': text })
    const asked = { withoutTolerations: [], override: { name: 'large', digest: override.digest } }
    const command = createPodCommand('n1', { asked })
    expect(await run(command, tools)).toMatchObject({ result: 'done' })
    expect(cluster.peek('Pod', namespace, command.podName)).toMatchObject({
      metadata: { labels: { app: 'fluentd', 'rollcall.dev/override': overrideValue(override) } },
      spec: { containers: [{ name: 'main', image: 'fluentd:1', resources: { requests: { memory: '1Gi' } } }] },
    })
    const plain = createPodCommand('n2')
    await run(plain, tools)
    expect(cluster.peek('Pod', namespace, plain.podName)).toMatchObject({ spec: { containers: [{ resources: {} }] } })
    put({})
    await time.advance(1_000)
    expect(await run(createPodCommand('n3', { asked }), tools)).toMatchObject({
      result: 'superseded',
      answer: { code: 0, reason: 'OverrideChanged' },
    })
  })

  test('reads a revision once, however many pods are made of it at once', async () => {
    const { cluster, tools } = toolsOnFake()
    const nodes = Array.from({ length: 50 }, (_, index) => `n${index}`)
    await Promise.all(nodes.map(node => run(createPodCommand(node), tools)))
    expect(cluster.count('get', 'ControllerRevision')).toBe(1)
    expect(cluster.all('Pod')).toHaveLength(50)
  })

  test('doing it twice is doing it once', async () => {
    const { cluster, tools } = toolsOnFake()
    const command = createPodCommand('n1')
    const first = await run(command, tools)
    const second = await run(command, tools)
    expect(second).toEqual({ ...first, result: 'alreadyDone' })
    expect(cluster.all('Pod')).toHaveLength(1)
  })

  test('a foreign pod of the name is an outcome, not ours to touch', async () => {
    const { cluster, tools, told } = toolsOnFake()
    const command = createPodCommand('n1')
    const foreign = putPod(cluster, command.podName, { annotations: { 'rollcall.dev/command': 'another' } })
    expect(await run(command, tools)).toMatchObject({
      result: 'nameTaken',
      object: { uid: uidOf(foreign) },
      answer: { code: 409, reason: 'AlreadyExists' },
    })
    expect(told).toMatchObject([{ reason: 'FailedCreate' }])
  })

  test('a pod of the name that is gone when looked at means: try again', async () => {
    const { cluster, tools } = toolsOnFake()
    const command = createPodCommand('n1')
    putPod(cluster, command.podName)
    cluster.interfere = call => {
      if (call.verb === 'get' && call.resource === 'Pod') cluster.remove('Pod', namespace, command.podName)
    }
    await expect(run(command, tools)).rejects.toMatchObject({ code: 409, reason: 'Conflict' })
  })

  test('a revision that is gone, or another owner’s, supersedes it', async () => {
    const { cluster, tools } = toolsOnFake()
    const gone = createPodCommand('n1', { revision: { name: 'fluentd-gone', hash: 'x' } })
    expect(await run(gone, tools)).toMatchObject({ result: 'superseded', answer: { code: 404 } })
    const foreign = createPodCommand('n1', { of: { ...daemonSet, uid: 'recreated' } })
    expect(await run(foreign, tools)).toMatchObject({ result: 'superseded', answer: { code: 0, reason: 'foreign' } })
    expect(cluster.count('create', 'Pod')).toBe(0)
  })

  test('a revision that was let go serves as it is (spec §4.7)', async () => {
    const { cluster, tools } = toolsOnFake()
    const held = cluster.peek('ControllerRevision', namespace, revision.name)
    if (held)
      cluster.put('ControllerRevision', { ...held, metadata: { ...objectIn(held, 'metadata'), ownerReferences: [] } })
    expect(await run(createPodCommand('n1'), tools)).toMatchObject({ result: 'done' })
  })

  test('a revision that was missing is asked for again soon', async () => {
    const { cluster, tools, time } = toolsOnFake()
    cluster.remove('ControllerRevision', namespace, revision.name)
    expect(await run(createPodCommand('n1'), tools)).toMatchObject({ result: 'superseded' })
    await time.advance(1_001)
    const { cluster: other } = toolsOnFake()
    const again = other.peek('ControllerRevision', namespace, revision.name)
    if (again) cluster.put('ControllerRevision', again)
    expect(await run(createPodCommand('n1'), tools)).toMatchObject({ result: 'done' })
  })

  test.each([
    ['a quota', apiError(403, 'Forbidden', 'pods "x" is forbidden: exceeded quota: q'), true],
    ['validation', apiError(422, 'Invalid', 'Pod "x" is invalid: spec'), true],
    ['a webhook that fails', apiError(500, 'InternalError', 'failed calling webhook "w"'), true],
    [
      'a namespace that is torn down',
      apiError(403, 'Forbidden', 'being terminated', { cause: 'NamespaceTerminating' }),
      false,
    ],
    ['throttling', apiError(429, 'TooManyRequests', 'slow down'), false],
  ])('%s is told of or not, as the reference does, and passed on', async (_, error, isTold) => {
    const { cluster, tools, told } = toolsOnFake()
    cluster.interfere = call => {
      if (call.verb === 'create') throw error
    }
    await expect(run(createPodCommand('n1'), tools)).rejects.toBe(error)
    const failed = { type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${error.message}` }
    expect(told).toMatchObject(isTold ? [failed] : [])
  })
})

describe('DeletePod', () => {
  test('deletes the pod it means, and tells of it', async () => {
    const { cluster, tools, told } = toolsOnFake()
    const uid = uidOf(putPod(cluster, 'p1'))
    expect(await run(deletePodCommand('n1', { name: 'p1', uid }), tools)).toMatchObject({ result: 'done' })
    expect(cluster.peek('Pod', namespace, 'p1')).toBeUndefined()
    expect(told).toMatchObject([{ reason: 'SuccessfulDelete', message: 'Deleted pod: p1' }])
  })

  test('a pod that is gone is already deleted, quietly', async () => {
    const { tools, told } = toolsOnFake()
    expect(await run(deletePodCommand('n1', { name: 'p1', uid: 'u' }), tools)).toMatchObject({ result: 'alreadyDone' })
    expect(told).toEqual([])
  })

  test('another pod of the name stays', async () => {
    const { cluster, tools } = toolsOnFake()
    const other = putPod(cluster, 'p1')
    expect(await run(deletePodCommand('n1', { name: 'p1', uid: 'before' }), tools)).toMatchObject({
      result: 'superseded',
      object: { uid: uidOf(other) },
      answer: { code: 409 },
    })
    expect(cluster.peek('Pod', namespace, 'p1')).toBeDefined()
  })

  test('a refusal is told of', async () => {
    const { cluster, tools, told } = toolsOnFake()
    const forbidden = apiError(403, 'Forbidden', 'pods "p1" is forbidden')
    cluster.interfere = () => {
      throw forbidden
    }
    await expect(run(deletePodCommand('n1', { name: 'p1', uid: 'u' }), tools)).rejects.toBe(forbidden)
    expect(told).toMatchObject([{ reason: 'FailedDelete', message: 'Error deleting: pods "p1" is forbidden' }])
  })
})

describe('AdoptPod and ReleasePod (spec §6.1)', () => {
  test('adopting sets the owner reference, with the pod’s uid in the patch', async () => {
    const { cluster, tools } = toolsOnFake()
    const uid = uidOf(putPod(cluster, 'p1'))
    expect(await run(aboutDaemonSet('AdoptPod', { pod: { name: 'p1', uid } }), tools)).toMatchObject({ result: 'done' })
    expect(cluster.seen.at(-1)).toMatchObject({
      patchType: 'strategic',
      body: {
        metadata: {
          ownerReferences: [
            {
              apiVersion: 'apps/v1',
              kind: 'DaemonSet',
              name: daemonSet.name,
              uid: daemonSet.uid,
              controller: true,
              blockOwnerDeletion: true,
            },
          ],
          uid,
        },
      },
    })
  })

  test('the DaemonSet is read live once per second, however many are adopted', async () => {
    const { cluster, tools, time } = toolsOnFake()
    const pods = ['p1', 'p2', 'p3'].map(name => ({ name, uid: uidOf(putPod(cluster, name)) }))
    await Promise.all(pods.map(pod => run(aboutDaemonSet('AdoptPod', { pod }), tools)))
    expect(cluster.count('get', 'DaemonSet')).toBe(1)
    await time.advance(1_000)
    await Promise.all(pods.map(pod => run(aboutDaemonSet('AdoptPod', { pod }), tools)))
    expect(cluster.count('get', 'DaemonSet')).toBe(2)
  })

  test('a DaemonSet that was replaced or is being deleted adopts nothing, in the reference’s words', async () => {
    const { cluster, tools, time } = toolsOnFake()
    const uid = uidOf(putPod(cluster, 'p1'))
    const adopt = () => run(aboutDaemonSet('AdoptPod', { pod: { name: 'p1', uid } }), tools)
    const live = cluster.peek('DaemonSet', namespace, daemonSet.name) ?? {}
    const metadata = objectIn(live, 'metadata')
    const prefix = `can't adopt Pod kube-system/p1 (${uid}):`

    cluster.put('DaemonSet', { ...live, metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })
    expect(await adopt()).toMatchObject({
      result: 'refused',
      answer: { message: `${prefix} kube-system/fluentd has just been deleted at 2026-01-01T00:00:00Z` },
    })
    await time.advance(1_000)
    cluster.put('DaemonSet', { ...live, metadata: { ...metadata, uid: 'new' } })
    expect(await adopt()).toMatchObject({
      result: 'refused',
      answer: { message: `${prefix} original DaemonSet kube-system/fluentd is gone: got uid new, wanted ds-uid` },
    })
    await time.advance(1_000)
    cluster.remove('DaemonSet', namespace, daemonSet.name)
    expect(await adopt()).toMatchObject({ result: 'refused', answer: { code: 404 } })
    expect(cluster.count('patch', 'Pod')).toBe(0)
  })

  test('releasing takes our owner reference away, and no other', async () => {
    const { cluster, tools } = toolsOnFake()
    const owners = [{ uid: daemonSet.uid, controller: true }, { uid: 'other' }]
    const uid = uidOf(putPod(cluster, 'p1', { ownerReferences: owners }))
    await run(aboutDaemonSet('ReleasePod', { pod: { name: 'p1', uid } }), tools)
    expect(cluster.seen.at(-1)?.body).toEqual({
      metadata: { uid, ownerReferences: [{ $patch: 'delete', uid: daemonSet.uid }] },
    })
    expect(cluster.peek('Pod', namespace, 'p1')).toMatchObject({ metadata: { ownerReferences: [{ uid: 'other' }] } })
  })

  test('C11, C12: uids with a quote', async () => {
    const { cluster, tools } = toolsOnFake()
    const command = aboutDaemonSet('ReleasePod', { pod: { name: 'p1', uid: 'po"d' } })
    await run({ ...command, daemonSet: { ...daemonSet, uid: 'own"er' } }, tools)
    expect(JSON.stringify(cluster.seen.at(-1)?.body)).toBe(
      String.raw`{"metadata":{"uid":"po\"d","ownerReferences":[{"$patch":"delete","uid":"own\"er"}]}}`,
    )
  })

  test.each(['AdoptPod', 'ReleasePod'] as const)('%s of a pod that is gone or replaced is moot', async type => {
    const { cluster, tools } = toolsOnFake()
    const command = () => aboutDaemonSet(type, { pod: { name: 'p1', uid: 'before' } })
    expect(await run(command(), tools)).toMatchObject({ result: 'superseded', answer: { code: 404 } })
    putPod(cluster, 'p1')
    expect(await run(command(), tools)).toMatchObject({ result: 'superseded', answer: { code: 422 } })
  })

  test('a release that the API calls invalid is moot', async () => {
    const { cluster, tools } = toolsOnFake()
    cluster.interfere = () => {
      throw apiError(422, 'Invalid', 'no owner')
    }
    const release = aboutDaemonSet('ReleasePod', { pod: { name: 'p1', uid: 'u' } })
    expect(await run(release, tools)).toMatchObject({ result: 'superseded' })
  })

  test('an adoption that the API calls invalid is refused, unless the pod is another one', async () => {
    const { cluster, tools } = toolsOnFake()
    const uid = uidOf(putPod(cluster, 'p1'))
    cluster.interfere = call => {
      if (call.verb === 'patch') throw apiError(422, 'Invalid', 'Only one reference can have Controller set to true')
    }
    const adopt = (of: string) => run(aboutDaemonSet('AdoptPod', { pod: { name: 'p1', uid: of } }), tools)
    await expect(adopt(uid)).rejects.toMatchObject({ code: 422 })
    expect(await adopt('before')).toMatchObject({ result: 'superseded', object: { uid } })
  })

  test('a lost race is run again', async () => {
    const { cluster, tools } = toolsOnFake()
    const uid = uidOf(putPod(cluster, 'p1'))
    cluster.interfere = call => {
      if (call.verb === 'patch') throw apiError(409, 'Conflict', 'the object has been modified')
    }
    const release = aboutDaemonSet('ReleasePod', { pod: { name: 'p1', uid } })
    await expect(run(release, tools)).rejects.toMatchObject({ code: 409 })
  })
})

test('RelabelPod sets the hash label of the pod it means', async () => {
  const { cluster, tools } = toolsOnFake()
  const uid = uidOf(putPod(cluster, 'p1'))
  expect(await run(aboutDaemonSet('RelabelPod', { pod: { name: 'p1', uid }, hash: 'new' }), tools)).toMatchObject({
    result: 'done',
  })
  expect(cluster.peek('Pod', namespace, 'p1')).toMatchObject({
    metadata: { labels: { app: 'fluentd', 'controller-revision-hash': 'new' } },
  })
  const other = aboutDaemonSet('RelabelPod', { pod: { name: 'p1', uid: 'before' }, hash: 'x' })
  expect(await run(other, tools)).toMatchObject({ result: 'superseded' })
})
