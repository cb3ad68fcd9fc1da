import { X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tooManyRequests } from '../cluster/faults.ts'
import { serveApi } from './serve-api.ts'
import { daemonSet, daemonSets, type Served, served, tokens } from './testing/served.ts'

let server: Served

beforeEach(async () => {
  server = await served({ bodyBytesMax: 4096 })
})
afterEach(() => server.close())

describe('who may what', () => {
  test('without a token, and with a wrong one, nothing is told', async () => {
    for (const token of [null, 'wrong', `${tokens.admin}x`]) {
      const { code, json } = await server.send('/api/v1/nodes', { token })
      expect(code).toBe(401)
      expect(json()).toMatchObject({ kind: 'Status', reason: 'Unauthorized', message: 'Unauthorized' })
    }
  })

  test('version and health are told to anybody', async () => {
    for (const path of ['/version', '/healthz', '/livez', '/readyz']) {
      expect((await server.send(path, { token: null })).code).toBe(200)
    }
    expect((await server.send('/version')).json()).toMatchObject({
      gitVersion: 'v1.37.2',
      gitTreeState: 'simulated by rollcall',
    })
  })

  test('who may only view reads everything', async () => {
    server.store.create('daemonsets', 'default', daemonSet('a'))
    for (const path of [daemonSets, `${daemonSets}/a`, '/api/v1/pods', '/apis', '/openapi/v3/apis/apps/v1']) {
      expect((await server.send(path, { token: tokens.view })).code).toBe(200)
    }
  })

  test.each([
    ['POST', daemonSets, 'create resource "daemonsets" in API group "apps" in the namespace "default"'],
    ['PUT', `${daemonSets}/a`, 'update resource "daemonsets" in API group "apps" in the namespace "default"'],
    ['PATCH', `${daemonSets}/a`, 'patch resource "daemonsets" in API group "apps" in the namespace "default"'],
    ['PATCH', `${daemonSets}/a/status`, 'patch resource "daemonsets/status" in API group "apps"'],
    ['DELETE', `${daemonSets}/a`, 'delete resource "daemonsets" in API group "apps" in the namespace "default"'],
    ['DELETE', daemonSets, 'deletecollection resource "daemonsets" in API group "apps"'],
    ['POST', '/api/v1/namespaces/default/pods/p/eviction', 'create resource "pods/eviction" in API group ""'],
    ['POST', '/api/v1/namespaces/default/pods/p/binding', 'create resource "pods/binding" in API group ""'],
    ['PATCH', '/api/v1/nodes/n', 'patch resource "nodes" in API group "" at the cluster scope'],
  ])('who may only view may not %s %s', async (method, path, words) => {
    server.store.create('daemonsets', 'default', daemonSet('a'))
    const before = server.store.resourceVersion()
    const { code, json } = await server.send(path, { method, token: tokens.view, body: daemonSet('a') })
    expect(code).toBe(403)
    expect(json()).toMatchObject({ reason: 'Forbidden' })
    expect(json().message).toContain(`is forbidden: User "view" cannot ${words}`)
    expect(server.store.resourceVersion()).toBe(before)
  })

  test('a review says the same', async () => {
    const allowed = async (token: string, verb: string) => {
      const spec = { resourceAttributes: { verb, resource: 'pods' } }
      const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
      return (await server.send(path, { method: 'POST', token, body: { spec } })).json().status
    }
    expect(await allowed(tokens.admin, 'delete')).toEqual({ allowed: true })
    expect(await allowed(tokens.view, 'delete')).toEqual({ allowed: false })
    expect(await allowed(tokens.view, 'watch')).toEqual({ allowed: true })
  })
})

describe('limits', () => {
  test('a body that is too large is refused, and the connection goes on', async () => {
    const body = { ...daemonSet('a'), padding: 'x'.repeat(5000) }
    const { code, json } = await server.send(daemonSets, { method: 'POST', body })
    expect(code).toBe(413)
    expect(json()).toMatchObject({ message: 'Request entity too large: limit is 4096' })
  })

  test('a path with a broken escape is a bad request', async () => {
    expect((await server.send('/api/v1/namespaces/%E0%A4%A/pods')).code).toBe(400)
  })

  test('a port that is taken is an error of its own', async () => {
    const again = serveApi({ store: server.store, clusterName: 'again', port: server.api.port })
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})

describe('what only a container could answer', () => {
  test.each([
    ['GET', 'log', 'simulated pods have no logs: no container runs behind them'],
    ['POST', 'exec?command=ls', 'simulated pods cannot do "exec": no container runs behind them'],
    ['POST', 'attach', 'simulated pods cannot do "attach": no container runs behind them'],
    ['GET', 'portforward', 'simulated pods cannot do "portforward": no container runs behind them'],
  ])('%s %s says why there is nothing', async (method, below, message) => {
    const { code, json } = await server.send(`/api/v1/namespaces/default/pods/p/${below}`, { method })
    expect([code, json()]).toMatchObject([
      501,
      { kind: 'Status', status: 'Failure', reason: 'NotImplemented', message },
    ])
  })
})

describe('the kubeconfig', () => {
  test('names the cluster, its address, its authority and a token', () => {
    const config = JSON.parse(server.api.kubeconfig('view'))
    expect(config['current-context']).toBe('served')
    expect(config.users[0].user).toEqual({ token: tokens.view })
    const { server: url, 'certificate-authority-data': authority } = config.clusters[0].cluster
    expect(url).toBe(server.api.url)
    const certificate = new X509Certificate(Buffer.from(authority, 'base64'))
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1')
    expect(certificate.checkHost('localhost')).toBe('localhost')
  })
})

describe('faults', () => {
  test('a refused request has no effect, and says when to come again', async () => {
    server.faults.tell({ when: ({ verb }) => verb === 'create', refuse: tooManyRequests(3), times: 1 })
    const refused = await server.send(daemonSets, { method: 'POST', body: daemonSet('a') })
    expect(refused.code).toBe(429)
    expect(refused.headers['retry-after']).toBe('3')
    expect(server.store.list('daemonsets', null)).toEqual([])
    expect((await server.send(daemonSets, { method: 'POST', body: daemonSet('a') })).code).toBe(201)
  })

  test('a lost answer has had its effect', async () => {
    server.faults.tell({ when: ({ verb }) => verb === 'create', loseAnswer: true, times: 1 })
    await expect(server.send(daemonSets, { method: 'POST', body: daemonSet('a') })).rejects.toThrow('socket hang up')
    expect(server.store.list('daemonsets', null)).toHaveLength(1)
  })

  test('latency is waited for before anything happens', async () => {
    server.faults.tell({ when: ({ verb }) => verb === 'create', latencyMs: 5_000, times: 1 })
    const answer = server.send(daemonSets, { method: 'POST', body: daemonSet('a') })
    while (server.time.armed() === 0) await new Promise(resolve => setImmediate(resolve))
    expect(server.store.list('daemonsets', null)).toEqual([])
    await server.time.advance(5_000)
    expect((await answer).code).toBe(201)
  })
})
