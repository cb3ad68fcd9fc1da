import { settled } from '@rollcall/service'
import { afterEach, describe, expect, test } from 'vitest'
import { FakeCluster } from '../testing/fake-cluster.ts'
import { createHarness, type Harness } from '../testing/harness.ts'
import { createAuditTokens } from './tokens.ts'

const tokens = createAuditTokens({ east: 'sesame', west: 'simsalabim' })
const settings = { host: '127.0.0.1', port: 0, tokens, tls: null, queueMax: 3, ownUser: 'executor' }
let harness: Harness
afterEach(() => harness.watcher.stop())

async function listening(changes: Partial<typeof settings> = {}) {
  harness = createHarness([new FakeCluster('east')], { audit: { ...settings, ...changes } })
  const webhook = await harness.watcher.audit()
  if (!webhook) throw new Error('no audit webhook')
  return webhook.url
}

const event = (auditID: string, changes: object = {}) => ({
  auditID,
  stage: 'ResponseComplete',
  verb: 'patch',
  user: { username: 'alice' },
  objectRef: { resource: 'daemonsets', apiGroup: 'apps', namespace: 'logging', name: 'fluentd' },
  responseStatus: { code: 200 },
  requestReceivedTimestamp: '2026-01-01T12:00:00.123456Z',
  ...changes,
})

async function tell(
  url: string,
  items: readonly unknown[],
  { path = '/clusters/east', token = 'sesame', method = 'POST', body = undefined as string | undefined } = {},
): Promise<number> {
  const list = body ?? JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(url + path, { method, headers, ...(method === 'POST' ? { body: list } : {}) })
  await response.text()
  return response.status
}

const attributed = () =>
  harness.events().flatMap(told => (told.type === 'ChangeAttributed' ? [`${told.audit} ${told.user.name}`] : []))

test('what is told goes to the log, once though told twice', async () => {
  const url = await listening()
  expect(await tell(url, [event('1'), event('2')])).toBe(200)
  expect(await tell(url, [event('2'), event('3')])).toBe(200)
  await settled()
  expect(attributed()).toEqual(['1 alice', '2 alice', '3 alice'])
})

test('the token may be the last part of the path, because API servers send none over plain HTTP', async () => {
  const url = await listening()
  expect(await tell(url, [event('1')], { token: 'none', path: '/clusters/east/sesame?timeout=30s' })).toBe(200)
  expect(await tell(url, [event('2')], { path: '/clusters/east/simsalabim' })).toBe(401)
})

test('while the log is away it answers at once, first that it took them, then that they shall come again', async () => {
  const url = await listening()
  let open: () => void = () => undefined
  harness.state.gate = new Promise<void>(resolve => {
    open = resolve
  })
  expect(await tell(url, [event('1')])).toBe(200)
  await settled()
  expect(await tell(url, [event('2'), event('3'), event('4')])).toBe(200)
  expect(await tell(url, [event('5')])).toBe(503)
  open()
  await settled()
  expect(await tell(url, [event('5')])).toBe(200)
  await settled()
  expect(attributed()).toEqual(['1 alice', '2 alice', '3 alice', '4 alice', '5 alice'])
})

test('a request of more than the queue holds is taken whole, in order, and holds the next one back', async () => {
  const url = await listening()
  let open: () => void = () => undefined
  harness.state.gate = new Promise<void>(resolve => {
    open = resolve
  })
  const ids = Array.from({ length: 50 }, (_, index) => `${index}`)
  expect(
    await tell(
      url,
      ids.map(id => event(id)),
    ),
  ).toBe(200)
  expect(await tell(url, [event('late')])).toBe(503)
  open()
  await settled()
  expect(await tell(url, [event('late')])).toBe(200)
  await settled()
  expect(attributed()).toEqual([...ids, 'late'].map(id => `${id} alice`))
})

test('what one request tells twice goes to the log once', async () => {
  const url = await listening()
  expect(await tell(url, [event('1'), event('2'), event('1')])).toBe(200)
  await settled()
  expect(attributed()).toEqual(['1 alice', '2 alice'])
})

test('what the executor did is left out', async () => {
  const url = await listening()
  expect(await tell(url, [event('1', { user: { username: 'executor' } }), event('2')])).toBe(200)
  await settled()
  expect(attributed()).toEqual(['2 alice'])
})

test('refused tokens are counted, and said once a minute', async () => {
  const url = await listening()
  for (let count = 0; count < 3; count++) expect(await tell(url, [event('1')], { token: 'guess' })).toBe(401)
  const text = await harness.registry.metrics()
  expect(text).toMatch(/rollcall_watcher_audit_refusals_total[^\n]* 3\n/)
})

test('one odd event takes nothing from the others', async () => {
  const url = await listening()
  expect(await tell(url, [null, 'x', event(''), event('1')])).toBe(200)
  await settled()
  expect(attributed()).toEqual(['1 alice'])
  const text = await harness.registry.metrics()
  expect(text).toMatch(/rollcall_watcher_audit_events_total\{cluster="east",fate="odd"[^}]*\} 3\n/)
})

describe('refuses', () => {
  test.each([
    ['a wrong token', 401, { token: 'simsalabim' }],
    ['the token of another cluster', 401, { token: 'simsalabim' }],
    ['an unknown cluster', 404, { path: '/clusters/west', token: 'simsalabim' }],
    ['another path', 401, { path: '/' }],
    ['a read', 405, { method: 'GET' }],
    ['what is no JSON', 400, { body: '{' }],
    ['what is no EventList', 400, { body: '{"kind":"Event","apiVersion":"audit.k8s.io/v1"}' }],
    ['a name that cannot be decoded', 401, { path: '/clusters/%ff' }],
    ['a body that is too long', 413, { body: ' '.repeat(17 * 1024 * 1024) }],
  ])('%s', async (_, status, request) => {
    const url = await listening()
    expect(await tell(url, [event('1')], request)).toBe(status)
    await settled()
    expect(attributed()).toEqual([])
  })
})

test('a port that is taken is said', async () => {
  const url = await listening()
  const second = createHarness([new FakeCluster('west')], { audit: { ...settings, port: Number(new URL(url).port) } })
  await expect(second.watcher.audit()).rejects.toThrow(/cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\)/)
  await second.watcher.stop()
})
