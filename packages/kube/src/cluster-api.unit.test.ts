import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ApiError, type ClusterApi, UnreachableError } from './cluster-api.ts'
import { connectClusters } from './connect.ts'
import { type FakeServer, kubeconfigText, sendJson, startFakeServer } from './testing/fake-server.ts'

let server: FakeServer
let api: ClusterApi

const connect = (limits = {}) => connectClusters([{ file: server.kubeconfig }], { limits })[0] as ClusterApi

beforeEach(async () => {
  server = await startFakeServer((_, response) => sendJson(response, 200, { metadata: { name: 'x' } }))
  api = connect()
})
afterEach(async () => {
  await api.close()
  await server.close()
})

const last = () => server.seen.at(-1)

describe('requests', () => {
  it('a create sends prepared JSON text untouched and asks for metadata only', async () => {
    const text = '{"data":{"a":"\\u003cb\\u003e"},"metadata":{"name":"r"}}'
    await api.create('ControllerRevision', 'kube-system', text)
    expect(last()).toMatchObject({
      method: 'POST',
      path: '/apis/apps/v1/namespaces/kube-system/controllerrevisions?fieldManager=rollcall',
      body: text,
    })
    expect(last()?.headers.accept).toContain('as=PartialObjectMetadata')
    expect(last()?.headers['user-agent']).toMatch(/^rollcall\/\d/)
    expect(last()?.headers['content-type']).toBe('application/json')
  })

  it('a delete carries the uid as precondition', async () => {
    await api.delete({ resource: 'Pod', namespace: 'a', name: 'p' }, { uid: 'u-1' })
    expect(last()).toMatchObject({ method: 'DELETE', path: '/api/v1/namespaces/a/pods/p' })
    expect(JSON.parse(last()?.body ?? '')).toMatchObject({ kind: 'DeleteOptions', preconditions: { uid: 'u-1' } })
  })

  it.each([
    ['merge', 'application/merge-patch+json'],
    ['strategic', 'application/strategic-merge-patch+json'],
    ['json', 'application/json-patch+json'],
  ] as const)('a %s patch says so', async (type, contentType) => {
    await api.patch({ resource: 'DaemonSet', namespace: 'a', name: 'd', subresource: 'status' }, type, { a: 1 })
    expect(last()).toMatchObject({
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/a/daemonsets/d/status?fieldManager=rollcall',
      body: '{"a":1}',
    })
    expect(last()?.headers['content-type']).toBe(contentType)
  })

  it('a list turns its page token around', async () => {
    server.answer((_, response) =>
      sendJson(response, 200, { metadata: { resourceVersion: '7', continue: 'a b' }, items: null }),
    )
    const page = await api.list('Node', { limit: 500 })
    expect(page).toEqual({ items: [], resourceVersion: '7', next: 'a b' })
    await api.list('Node', { limit: 500, next: page.next })
    expect(last()?.path).toBe('/api/v1/nodes?limit=500&continue=a%20b')
  })

  it('requests share connections that are kept alive', async () => {
    for (let round = 0; round < 5; round++) {
      await api.get({ resource: 'Node', name: 'n' })
      await api.delete({ resource: 'Node', name: 'n' }, { uid: 'u' })
    }
    expect(server.connectionsEver()).toBeLessThanOrEqual(2)
    expect(server.connections()).toBeLessThanOrEqual(2)
  })

  it('an object is never addressed by an empty name', async () => {
    await expect(async () => api.delete({ resource: 'Pod', namespace: 'a', name: '' }, {})).rejects.toThrow(TypeError)
    await expect(async () => api.delete({ resource: 'Pod', name: 'p' }, {})).rejects.toThrow(TypeError)
    expect(server.seen).toHaveLength(0)
  })

  it('identify tells the uid of kube-system and the version', async () => {
    server.answer((request, response) =>
      sendJson(
        response,
        200,
        request.path === '/version'
          ? { gitVersion: 'v1.37.2' }
          : { metadata: { name: 'kube-system', uid: 'cluster-1' } },
      ),
    )
    expect(await api.identify()).toEqual({ clusterUid: 'cluster-1', serverVersion: 'v1.37.2' })
  })

  it('missing rights are those the review does not allow', async () => {
    server.answer((request, response) =>
      sendJson(response, 201, {
        status: { allowed: JSON.parse(request.body).spec.resourceAttributes.resource !== 'pods' },
      }),
    )
    const nodes = { verb: 'list', group: '', resource: 'nodes' }
    const pods = { verb: 'list', group: '', resource: 'pods' }
    expect(await api.missingRights([nodes, pods])).toEqual([pods])
  })
})

describe('answers that are not 2xx', () => {
  it('a Status becomes an ApiError with reason, cause and Retry-After', async () => {
    server.answer((_, response) =>
      sendJson(
        response,
        403,
        {
          kind: 'Status',
          code: 403,
          reason: 'Forbidden',
          message: 'namespace is being terminated',
          details: { causes: [{ reason: 'NamespaceTerminating', message: 'x' }] },
        },
        { 'retry-after': '2' },
      ),
    )
    const error = await api.create('Pod', 'a', '{}').catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      cause_: 'NamespaceTerminating',
      message: 'namespace is being terminated',
      retryAfterMs: 2000,
    })
  })

  it('plain text is quoted', async () => {
    server.answer((_, response) => response.writeHead(503).end('no healthy\n upstream'))
    await expect(api.get({ resource: 'Node', name: 'n' })).rejects.toMatchObject({
      code: 503,
      reason: '',
      cause_: '',
      message: 'HTTP 503: no healthy upstream',
      retryAfterMs: null,
    })
  })

  it('2xx without JSON is no API server', async () => {
    server.answer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>login</html>'))
    await expect(api.get({ resource: 'Node', name: 'n' })).rejects.toThrow(
      /is no API server: it sent text\/html instead of JSON: <html>login/,
    )
  })
})

describe('no answer', () => {
  it('refused connections say that nothing listens', async () => {
    await server.stop()
    const error = await api.get({ resource: 'Node', name: 'n' }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(UnreachableError)
    expect(String(error)).toMatch(/127\.0\.0\.1:\d+ cannot be reached: nothing listens there.*\(ECONNREFUSED\)/)
  })

  it('a server that never answers runs into the time allowed', async () => {
    server.answer(() => undefined)
    await api.close()
    api = connect({ headersMsMax: 50 })
    await expect(api.get({ resource: 'Node', name: 'n' })).rejects.toThrow(/no answer within the time allowed/)
  })

  it('an answer that stops half-way runs into the time allowed', async () => {
    server.answer((_, response) => {
      response.writeHead(200).write('{"metadata":')
    })
    await api.close()
    api = connect({ bodyIdleMsMax: 50 })
    await expect(api.get({ resource: 'Node', name: 'n' })).rejects.toThrow(/fell silent half-way/)
  })

  it('an answer that is cut is no answer', async () => {
    server.answer((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"metadata":')
      setImmediate(() => response.destroy())
    })
    await expect(api.get({ resource: 'Node', name: 'n' })).rejects.toThrow(/the connection was cut/)
  })

  it('an answer without end is refused at the limit', async () => {
    server.answer((_, response) => response.writeHead(200).end('x'.repeat(5000)))
    await api.close()
    api = connect({ answerBytesMax: 1000 })
    await expect(api.get({ resource: 'Node', name: 'n' })).rejects.toThrow(/longer than 1000 bytes/)
  })

  it('an abort rejects with its reason and frees the connection', async () => {
    const waiting = Promise.withResolvers<void>()
    server.answer(() => waiting.resolve())
    const controller = new AbortController()
    const request = api.get({ resource: 'Node', name: 'n' }, controller.signal)
    await waiting.promise
    const reason = new Error('shutting down')
    controller.abort(reason)
    await expect(request).rejects.toBe(reason)
    await expect.poll(() => server.connections()).toBe(0)
  })

  it('after close nothing is sent', async () => {
    await api.close()
    await expect(api.get({ resource: 'Node', name: 'n' })).rejects.toThrow(UnreachableError)
    expect(server.seen).toHaveLength(0)
  })
})

describe('credentials', () => {
  const useUser = (user: object) => {
    writeFileSync(server.kubeconfig, kubeconfigText(`http://127.0.0.1:${server.port}`, user))
    api = connect()
  }

  it('a token file is read, trimmed and sent', async () => {
    writeFileSync(join(server.directory, 'token'), 'abc\n')
    useUser({ tokenFile: 'token' })
    await api.get({ resource: 'Node', name: 'n' })
    expect(last()?.headers.authorization).toBe('Bearer abc')
  })

  it('user and password become basic authentication', async () => {
    useUser({ username: 'me', password: 'secret' })
    await api.get({ resource: 'Node', name: 'n' })
    expect(last()?.headers.authorization).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`)
  })

  it('impersonation is sent whole', async () => {
    useUser({ token: 't', as: 'jane', 'as-groups': ['dev', 'ops'] })
    await api.get({ resource: 'Node', name: 'n' })
    expect(last()?.headers).toMatchObject({ 'impersonate-user': 'jane', 'impersonate-group': 'dev, ops' })
  })

  it('a 401 renews the token and asks again, once', async () => {
    writeFileSync(join(server.directory, 'token'), 'old')
    useUser({ tokenFile: 'token' })
    server.answer((request, response) =>
      request.headers.authorization === 'Bearer new'
        ? sendJson(response, 200, { metadata: {} })
        : sendJson(response, 401, { kind: 'Status', code: 401, reason: 'Unauthorized', message: 'Unauthorized' }),
    )
    await expect(api.get({ resource: 'Node', name: 'n' })).rejects.toMatchObject({ code: 401 })
    expect(server.seen).toHaveLength(2)
    writeFileSync(join(server.directory, 'token'), 'new')
    await api.get({ resource: 'Node', name: 'n' })
    expect(server.seen).toHaveLength(4)
  })

  it('an exec plugin beside the kubeconfig is run once for many requests', async () => {
    const plugin = join(server.directory, 'plugin.sh')
    const credential = JSON.stringify({ kind: 'ExecCredential', status: { token: 'from-plugin' } })
    writeFileSync(plugin, `#!/bin/sh\necho x >> ${server.directory}/runs\necho '${credential}'\n`, { mode: 0o755 })
    useUser({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin.sh' } })
    await Promise.all(Array.from({ length: 8 }, () => api.get({ resource: 'Node', name: 'n' })))
    expect(server.seen.map(request => request.headers.authorization)).toEqual(Array(8).fill('Bearer from-plugin'))
    expect(readFileSync(join(server.directory, 'runs'), 'utf8')).toBe('x\n')
  })

  it('a plugin that fails makes the cluster unreachable and says so', async () => {
    useUser({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: '/does/not/exist' } })
    await expect(api.get({ resource: 'Node', name: 'n' })).rejects.toThrow(
      /credentials of context "fake" of .*config cannot be resolved: .*ENOENT/,
    )
  })
})
