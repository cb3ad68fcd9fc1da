import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadYaml } from '@kubernetes/client-node'
import { type ControlPlane, startControlPlane } from '@rollcall/infra'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClusterApi, connectClusters, type KubeObject, nodeFacts, podFacts } from './index.ts'

let directory: string
let cluster: ControlPlane
let api: ClusterApi

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rollcall-kube-int-'))
  cluster = await startControlPlane({ name: 'east', dir: join(directory, 'east') })
  api = connectClusters([{ file: cluster.kubeconfig }])[0] as ClusterApi
})
afterAll(async () => {
  await api?.close()
  await cluster?.stop()
  rmSync(directory, { recursive: true, force: true })
})

const metadataOf = (object: KubeObject) => object.metadata as KubeObject
const podOf = (name: string, extra: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'x' } },
  spec: {
    schedulerName: 'nobody',
    automountServiceAccountToken: false,
    containers: [{ name: 'c', image: 'i:1' }],
    ...extra,
  },
})

describe('a real API server', () => {
  it('is identified', async () => {
    const { clusterUid, serverVersion } = await api.identify()
    expect(clusterUid).toMatch(/^[0-9a-f-]{36}$/)
    expect(serverVersion).toMatch(/^v1\.37\./)
  })

  it('answers create, patch and delete with metadata only, and delete minds the uid', async () => {
    const created = await api.create('Pod', 'default', podOf('p1'))
    expect(created).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'p1', labels: { app: 'x' } } })
    expect(created.spec).toBeUndefined()
    const address = { resource: 'Pod', namespace: 'default', name: 'p1' } as const

    const patched = await api.patch(address, 'merge', { metadata: { labels: { y: 'z' } } })
    expect(patched).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { labels: { app: 'x', y: 'z' } } })
    await api.patch(address, 'json', [{ op: 'remove', path: '/metadata/labels/y' }])
    await api.patch(address, 'strategic', { metadata: { labels: { s: '1' } } })
    await api.patch({ ...address, subresource: 'status' }, 'merge', { status: { phase: 'Running', reason: 'Test' } })

    const whole = await api.get(address)
    expect(podFacts(whole)).toMatchObject({ labels: { app: 'x', s: '1' }, phase: 'Running', reason: 'Test' })
    const managers = (metadataOf(whole).managedFields as readonly KubeObject[]).map(entry => entry.manager)
    expect(new Set(managers)).toEqual(new Set(['rollcall']))

    await expect(api.delete(address, { uid: 'another' })).rejects.toMatchObject({ code: 409, reason: 'Conflict' })
    const uid = metadataOf(created).uid as string
    await api.delete(address, { uid })
    await expect(api.delete(address, { uid })).rejects.toMatchObject({ code: 404, reason: 'NotFound' })
  })

  it('keeps the bytes of prepared text', async () => {
    const data = '{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"a":"\\u003c1\\u003e"}}}}}'
    const text = `{"apiVersion":"apps/v1","kind":"ControllerRevision","metadata":{"name":"r1"},"revision":1,"data":${data}}`
    await api.create('ControllerRevision', 'default', text)
    const stored = await api.get({ resource: 'ControllerRevision', namespace: 'default', name: 'r1' })
    expect(stored.data).toEqual(JSON.parse(data))
  })

  it.each([
    ['taken names', () => api.create('Pod', 'kube-system', podOf('twice')), 409, 'AlreadyExists'],
    ['invalid objects', () => api.create('Pod', 'default', podOf('bad', { containers: [] })), 422, 'Invalid'],
    ['missing namespaces', () => api.create('Pod', 'nowhere', podOf('p')), 404, 'NotFound'],
  ] as const)('refuses %s with its Status', async (what, act, code, reason) => {
    if (what === 'taken names') await act()
    await expect(act()).rejects.toMatchObject({ code, reason })
  })

  it('tells which rights are missing', async () => {
    const rights = [
      { verb: 'list', group: '', resource: 'pods' },
      { verb: 'create', group: '', resource: 'pods' },
      { verb: 'get', group: '', resource: 'namespaces', name: 'kube-system' },
    ]
    expect(await api.missingRights(rights)).toEqual([])
    const [reader, nobody] = connectClusters([
      { file: await cluster.kubeconfigFor('reader'), name: 'reader' },
      { file: await cluster.kubeconfigFor('nobody'), name: 'nobody' },
    ]) as [ClusterApi, ClusterApi]
    expect(await reader.missingRights(rights)).toEqual([rights[1]])
    expect(await nobody.missingRights(rights)).toEqual(rights)
    await expect(nobody.list('Pod', { limit: 1 })).rejects.toMatchObject({ code: 403, reason: 'Forbidden' })
    await Promise.all([reader.close(), nobody.close()])
  })

  it('lists in pages and watches with bookmarks, in resourceVersion order', async () => {
    await cluster.addNodes(7)
    const first = await api.list('Node', { limit: 3 })
    const second = await api.list('Node', { limit: 3, next: first.next })
    const third = await api.list('Node', { limit: 3, next: second.next })
    const names = [first, second, third].flatMap(page => page.items.map(item => nodeFacts(item).name))
    expect(names.sort()).toEqual(Array.from({ length: 7 }, (_, index) => `node-${index + 1}`))
    expect([second.resourceVersion, third.resourceVersion, third.next]).toEqual([
      first.resourceVersion,
      first.resourceVersion,
      null,
    ])
    const stop = new AbortController()
    const seen: string[] = []
    await api.create('Pod', 'default', podOf('watched'))
    for await (const event of api.watch('Pod', { resourceVersion: first.resourceVersion, signal: stop.signal })) {
      if (event.type === 'BOOKMARK') continue
      seen.push(`${event.type} ${metadataOf(event.object).name}`)
      if (seen.length === 1) await api.delete({ resource: 'Pod', namespace: 'default', name: 'watched' }, {})
      if (event.type === 'DELETED') break
    }
    expect(seen[0]).toBe('ADDED watched')
    expect(seen.at(-1)).toBe('DELETED watched')
  })

  it('a watch that the server ends by its timeout ends in good order', async () => {
    const { resourceVersion } = await api.list('DaemonSet', { limit: 1 })
    const signal = new AbortController().signal
    const events = api.watch('DaemonSet', { resourceVersion, signal, timeoutSeconds: 1 })
    for await (const event of events) expect(event.type).toBe('BOOKMARK')
  })
})

describe('no way in', () => {
  /** The administrator's kubeconfig with another server or user. */
  const variant = (name: string, change: (server: string) => { cluster?: object; user?: object }): string => {
    const config = loadYaml(readFileSync(cluster.kubeconfig, 'utf8')) as Kubeconfig
    const changes = change(config.clusters[0].cluster.server)
    Object.assign(config.clusters[0], changes.cluster ? { cluster: changes.cluster } : {})
    Object.assign(config.users[0], changes.user ? { user: changes.user } : {})
    const file = join(directory, name)
    writeFileSync(file, JSON.stringify(config))
    return file
  }
  const failureOf = async (file: string): Promise<Error> => {
    const [broken] = connectClusters([{ file }]) as [ClusterApi]
    const error = await broken.list('Node', { limit: 1 }).catch((caught: unknown) => caught)
    await broken.close()
    return error as Error
  }

  it('a certificate that is not trusted is named', async () => {
    const file = variant('untrusted', server => ({ cluster: { server } }))
    expect((await failureOf(file)).message).toMatch(/cannot be reached: its certificate is not trusted/)
  })

  it('http spoken to an https port is answered 400', async () => {
    const file = variant('plain', server => ({ cluster: { server: server.replace('https:', 'http:') } }))
    expect(await failureOf(file)).toMatchObject({ code: 400, message: expect.stringContaining('HTTPS server') })
  })

  it('a wrong token is 401', async () => {
    const file = variant('token', () => ({ user: { token: 'wrong' } }))
    expect(await failureOf(file)).toMatchObject({ code: 401, reason: 'Unauthorized' })
  })

  it('a client certificate works', async () => {
    const file = await cluster.kubeconfigFor('anna', ['system:masters'])
    const [anna] = connectClusters([{ file }]) as [ClusterApi]
    expect((await anna.list('Node', { limit: 1 })).items).toHaveLength(1)
    await anna.close()
  })
})

type Kubeconfig = { readonly clusters: [{ cluster: { server: string } }]; readonly users: [{ user: object }] }
