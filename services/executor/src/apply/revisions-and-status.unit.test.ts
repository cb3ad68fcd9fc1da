import { type Command, templateDigest } from '@rollcall/contracts'
import { describe, expect, test } from 'vitest'
import { objectIn, textIn } from '../kube-objects.ts'
import { apiError, type FakeCluster } from '../testing/fake-cluster.ts'
import {
  aboutDaemonSet,
  createPodCommand,
  createRevisionCommand,
  daemonSet,
  revision,
  statusCommand,
  template,
} from '../testing/make.ts'
import { toolsOnFake } from '../testing/tools.ts'
import { apply, type ObjectCommand } from './apply.ts'
import type { Tools } from './tools.ts'

const { namespace } = daemonSet
const run = (command: Command, tools: Tools) => apply(command as ObjectCommand, tools, new AbortController().signal)
const idOf = (object: object | undefined, field: 'uid' | 'resourceVersion') =>
  textIn(objectIn((object ?? {}) as never, 'metadata'), field)

describe('CreateRevision (spec §1.2, §1.3)', () => {
  test('writes the golden bytes', async () => {
    const { cluster, tools } = toolsOnFake()
    expect(await run(createRevisionCommand(), tools)).toMatchObject({
      result: 'done',
      object: { name: 'fluentd-9999' },
    })
    expect(cluster.seen.at(-1)?.body).toBe(
      '{"apiVersion":"apps/v1","kind":"ControllerRevision","metadata":{"name":"fluentd-9999","namespace":"kube-system",' +
        '"labels":{"app":"fluentd","controller-revision-hash":"9999"},"annotations":{"note":"a<b&c>d"},' +
        '"ownerReferences":[{"apiVersion":"apps/v1","kind":"DaemonSet","name":"fluentd","uid":"ds-uid","controller":true,"blockOwnerDeletion":true}]},' +
        '"data":{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"app":"fluentd"}},' +
        '"spec":{"containers":[{"image":"fluentd:1","name":"main","resources":{}}]}}}},"revision":2}',
    )
  })

  test('a DaemonSet that is gone, replaced or changed supersedes it', async () => {
    const { cluster, tools } = toolsOnFake()
    expect(await run(createRevisionCommand({ digest: 'older' }), tools)).toMatchObject({
      result: 'superseded',
      answer: { message: 'the template of DaemonSet kube-system/fluentd has changed since the decision' },
    })
    const replaced = createRevisionCommand({ of: { ...daemonSet, uid: 'before' } })
    expect(await run(replaced, tools)).toMatchObject({ result: 'superseded' })
    cluster.remove('DaemonSet', namespace, daemonSet.name)
    expect(await run(createRevisionCommand(), tools)).toMatchObject({ result: 'superseded', answer: { code: 404 } })
    expect(cluster.count('create', 'ControllerRevision')).toBe(0)
  })

  test('the same template under the name is as good as created; anything else is a collision', async () => {
    const { cluster, tools } = toolsOnFake()
    const put = (data: object, owner: object[]) =>
      cluster.put('ControllerRevision', {
        metadata: { namespace, name: 'fluentd-9999', ownerReferences: owner as never },
        data: data as never,
      })
    const same = { spec: { template: { ...template, $patch: 'replace' } } }
    const ours = [{ uid: daemonSet.uid, controller: true }]
    put(same, ours)
    expect(await run(createRevisionCommand(), tools)).toMatchObject({ result: 'alreadyDone' })
    put(same, [])
    expect(await run(createRevisionCommand(), tools)).toMatchObject({ result: 'alreadyDone' })
    put({ spec: { template: { spec: {} } } }, ours)
    expect(await run(createRevisionCommand(), tools)).toMatchObject({ result: 'collided' })
    put(same, [{ uid: 'somebody', controller: true }])
    expect(await run(createRevisionCommand(), tools)).toMatchObject({ result: 'collided', answer: { code: 409 } })
  })

  test('a creation that was told its revision is missing works as soon as the revision is made', async () => {
    const { tools } = toolsOnFake()
    const create = () => createPodCommand('n1', { revision: { name: 'fluentd-9999', hash: '9999' } })
    expect(await run(create(), tools)).toMatchObject({ result: 'superseded' })
    await run(createRevisionCommand(), tools)
    expect(await run(create(), tools)).toMatchObject({ result: 'done' })
  })
})

describe('UpdateRevision and DeleteRevision', () => {
  test('number and label change, data is not in the patch', async () => {
    const { cluster, tools } = toolsOnFake()
    const uid = idOf(cluster.peek('ControllerRevision', namespace, revision.name), 'uid')
    const target = { name: revision.name, uid }
    await run(aboutDaemonSet('UpdateRevision', { revision: target, number: 7, hash: 'h' }), tools)
    expect(cluster.seen.at(-1)?.body).toEqual({
      metadata: { uid, labels: { 'controller-revision-hash': 'h' } },
      revision: 7,
    })
    await run(aboutDaemonSet('UpdateRevision', { revision: target, number: 8, hash: null }), tools)
    expect(cluster.peek('ControllerRevision', namespace, revision.name)).toMatchObject({
      revision: 8,
      metadata: { labels: { 'controller-revision-hash': 'h' } },
    })
  })

  test('a revision is deleted if it is the one meant', async () => {
    const { cluster, tools } = toolsOnFake()
    const uid = idOf(cluster.peek('ControllerRevision', namespace, revision.name), 'uid')
    const remove = (of: string) => aboutDaemonSet('DeleteRevision', { revision: { name: revision.name, uid: of } })
    expect(await run(remove('before'), tools)).toMatchObject({ result: 'superseded' })
    expect(await run(remove(uid), tools)).toMatchObject({ result: 'done' })
    expect(await run(remove(uid), tools)).toMatchObject({ result: 'alreadyDone' })
  })

  test('a revision is adopted and released like a pod', async () => {
    const { cluster, tools } = toolsOnFake()
    const orphan = cluster.put('ControllerRevision', { metadata: { namespace, name: 'orphan' } })
    const target = { name: 'orphan', uid: idOf(orphan, 'uid') }
    await run(aboutDaemonSet('AdoptRevision', { revision: target }), tools)
    expect(cluster.peek('ControllerRevision', namespace, 'orphan')).toMatchObject({
      metadata: { ownerReferences: [{ uid: daemonSet.uid, controller: true }] },
    })
    await run(aboutDaemonSet('ReleaseRevision', { revision: target }), tools)
    expect(cluster.peek('ControllerRevision', namespace, 'orphan')).toMatchObject({ metadata: { ownerReferences: [] } })
  })
})

describe('WriteStatus', () => {
  test('writes our fields on the subresource, with the uid; foreign conditions stay', async () => {
    const { cluster, tools } = toolsOnFake()
    expect(await run(statusCommand(2), tools)).toMatchObject({ result: 'done', object: { name: 'fluentd' } })
    expect(cluster.seen.at(-1)).toMatchObject({
      subresource: 'status',
      patchType: 'merge',
      body: { metadata: { uid: 'ds-uid' } },
    })
    const status = objectIn(cluster.peek('DaemonSet', namespace, daemonSet.name) ?? {}, 'status')
    expect(status).toMatchObject({ numberReady: 2, conditions: [{ type: 'Foreign' }] })
    expect(status).not.toHaveProperty('collisionCount')
  })

  test('our conditions are written and removed one by one; those of others are not named', async () => {
    const { cluster, tools } = toolsOnFake()
    const since = Date.parse('2026-01-02T03:04:05Z')
    const available = {
      type: 'Available',
      status: 'True',
      reason: 'EnoughAvailable',
      message: 'all of 3',
      since,
    } as const
    await run({ ...statusCommand(2), conditions: [available] }, tools)
    expect(cluster.seen.at(-1)).toMatchObject({
      subresource: 'status',
      patchType: 'strategic',
      body: {
        status: {
          numberReady: 2,
          conditions: [
            { $patch: 'delete', type: 'Progressing' },
            {
              type: 'Available',
              status: 'True',
              reason: 'EnoughAvailable',
              message: 'all of 3',
              lastTransitionTime: '2026-01-02T03:04:05Z',
            },
            { $patch: 'delete', type: 'Degraded' },
            { $patch: 'delete', type: 'AnnotationsAccepted' },
          ],
        },
      },
    })
  })

  test('collisionCount is written when it is set, also 0', async () => {
    const { cluster, tools } = toolsOnFake()
    const command = statusCommand(2)
    await run({ ...command, status: { ...command.status, collisionCount: 0 } }, tools)
    expect(cluster.seen.at(-1)?.body).toMatchObject({ status: { collisionCount: 0 } })
  })

  test('a DaemonSet that is gone or replaced is moot; a lost race is run again', async () => {
    const { cluster, tools } = toolsOnFake()
    expect(await run(statusCommand(1, { of: { ...daemonSet, uid: 'before' } }), tools)).toMatchObject({
      result: 'superseded',
    })
    cluster.interfere = call => {
      if (call.verb === 'patch') throw apiError(409, 'Conflict', 'the object has been modified')
    }
    await expect(run(statusCommand(1), tools)).rejects.toMatchObject({ code: 409 })
    cluster.remove('DaemonSet', namespace, daemonSet.name)
    cluster.interfere = () => undefined
    expect(await run(statusCommand(1), tools)).toMatchObject({ result: 'superseded', answer: { code: 404 } })
  })
})

describe('RollBack', () => {
  const presentDigest = templateDigest(template)
  const rollBack = (templateDigest = presentDigest, uid = 'rev-uid') =>
    aboutDaemonSet('RollBack', { revision: { name: 'fluentd-old', uid }, templateDigest })
  const putOld = (cluster: FakeCluster) =>
    cluster.put('ControllerRevision', {
      metadata: { namespace, name: 'fluentd-old', uid: 'rev-uid' },
      data: { spec: { template: { ...template, spec: { containers: [] }, $patch: 'replace' } } } as never,
    })

  test('patches the template with what the revision holds, bound to the DaemonSet as it was read', async () => {
    const { cluster, tools } = toolsOnFake()
    putOld(cluster)
    const before = idOf(cluster.peek('DaemonSet', namespace, daemonSet.name), 'resourceVersion')
    expect(await run(rollBack(), tools)).toMatchObject({ result: 'done', object: { name: 'fluentd' } })
    expect(cluster.seen.at(-1)).toMatchObject({
      verb: 'patch',
      resource: 'DaemonSet',
      subresource: null,
      patchType: 'strategic',
      body: {
        metadata: { resourceVersion: before },
        spec: { template: { $patch: 'replace', spec: { containers: [] } } },
      },
    })
  })

  test('a template that somebody has changed stays; so does all when the revision is gone or another', async () => {
    const { cluster, tools } = toolsOnFake()
    expect(await run(rollBack(), tools)).toMatchObject({ result: 'superseded', answer: { code: 404 } })
    putOld(cluster)
    expect(await run(rollBack('other'), tools)).toMatchObject({
      result: 'superseded',
      answer: { reason: 'DaemonSetChanged' },
    })
    expect(await run(rollBack(presentDigest, 'another'), tools)).toMatchObject({
      result: 'superseded',
      answer: { reason: 'RevisionChanged' },
    })
    expect(cluster.count('patch', 'DaemonSet')).toBe(0)
  })
})
