import { request } from 'node:http'
import { StoreError } from '@rollcall/store'
import { afterEach, expect, test } from 'vitest'
import type { AuditorSettings } from './settings.ts'
import { type Asking, startAsking } from './testing/ask.ts'
import { createFakeStore, ledgerEvent } from './testing/fake-store.ts'

let asking: Asking | null = null
afterEach(async () => {
  await asking?.auditor.stop()
  asking = null
})

async function start(over: Parameters<typeof createFakeStore>[0] = {}, settings: Partial<AuditorSettings> = {}) {
  const fake = createFakeStore(over)
  fake.add('north', 'Ticked')
  asking = await startAsking(fake.store, settings)
  return { ...fake, ...asking }
}

const empty = async () => ({ items: [], next: null })

test('parameters reach the store as the contract reads them', async () => {
  const { answer, asked } = await start({ placements: empty })
  await answer('/api/v1/placements?node=a&node=b&cluster=north&labelSelector=disk%3Dssd,!spot&limit=7')
  expect(asked.at(-1)).toEqual({
    method: 'placements',
    args: [
      {
        cluster: ['north'],
        node: ['a', 'b'],
        labels: [
          { key: 'disk', operator: 'In', values: ['ssd'] },
          { key: 'spot', operator: 'DoesNotExist', values: [] },
        ],
        podLabels: [],
      },
      { after: null, limit: 7 },
    ],
  })
})

test('names in a path may hold anything', async () => {
  const { problem, asked } = await start({ whyPod: async () => null })
  await problem('/api/v1/clusters/arn%3Aaws%3Aeks%2Fx%20y/pods/kube-system/a%25b/why')
  expect(asked[1]).toEqual({ method: 'whyPod', args: ['arn:aws:eks/x y', 'kube-system', 'a%b'] })
})

test('a cursor leads on, with the same question only', async () => {
  const page = (items: unknown[], next: string[] | null) => async () => ({ items: items as never[], next })
  const { answer, problem, asked } = await start({ nodes: page([], ['north', 'n2', 'uid']) })
  const { next } = await answer<{ next: string }>('/api/v1/nodes?cluster=north&limit=2')
  await answer(`/api/v1/nodes?cluster=north&limit=5&cursor=${next}`)
  expect(asked.at(-1)?.args[1]).toEqual({ after: ['north', 'n2', 'uid'], limit: 5 })
  expect(await problem(`/api/v1/nodes?cursor=${next}`)).toMatchObject({
    code: 'bad-cursor',
    parameter: 'cursor',
    detail: 'the cursor belongs to another question',
  })
  for (const cursor of ['x', 'e30', Buffer.from('[1,"x",[]]').toString('base64url')]) {
    expect(await problem(`/api/v1/nodes?cluster=north&cursor=${cursor}`)).toMatchObject({
      code: 'bad-cursor',
      detail: 'the cursor is none that this auditor has given',
    })
  }
})

test.each([
  ['/api/v1/nodes?limit=0', 'bad-parameter', 'limit must be a whole number from 1 to 1000, not "0"'],
  ['/api/v1/nodes?limit=1&limit=2', 'bad-parameter', 'limit may be given only once'],
  ['/api/v1/nodes?presence=maybe', 'bad-parameter', 'presence must be current or all, not "maybe"'],
  ['/api/v1/nodes?presence=all&presence=all', 'bad-parameter', 'presence may be given only once'],
  ['/api/v1/nodes?nmae=x', 'bad-parameter', 'there is no parameter nmae'],
  ['/api/v1/placements?at=yesterday', 'bad-time', 'at must be a time such as 2026-01-01T12:00:00Z, not "yesterday"'],
  ['/api/v1/placements?labelSelector=a%3D%24', 'bad-selector', 'the label selector "a=$" cannot be read'],
  ['/api/v1/events?from=12', 'bad-parameter', 'from "12" names no place in a stream that is asked for'],
  ['/api/v1/events?cluster=north&from=south:1', 'bad-parameter', 'from "south:1" names no place'],
  ['/api/v1/events?kind=Pod', 'bad-parameter', 'an object is named without its name'],
  ['/api/v1/events?kind=Pod&name=x', 'bad-parameter', 'a Pod has a namespace'],
  ['/api/v1/events?kind=Node&name=x&namespace=y', 'bad-parameter', 'a Node has no namespace'],
  ['/api/v1/events?type=Nonsense', 'bad-parameter', 'type '],
])('%s is refused', async (path, code, detail) => {
  const { problem } = await start()
  const told = await problem(path)
  expect(told).toMatchObject({ status: 400, code, type: `urn:rollcall:problem:${code}`, instance: path.split('?')[0] })
  expect(told.detail).toContain(detail)
  expect(told.mend).not.toBe('')
})

test('a misspelt parameter is told the one that is near', async () => {
  const { problem } = await start()
  expect(await problem('/api/v1/nodes?nmae=x')).toMatchObject({
    didYouMean: ['name'],
    mend: 'this route knows cluster, cursor, labelSelector, limit, name, presence',
  })
})

test('unknown names are 404, with names that look like them', async () => {
  const names = async () => ['n1', 'n2', 'other']
  const { problem } = await start({ whyNode: async () => null, names })
  expect(await problem('/api/v1/clusters/north/nodes/n3/why')).toMatchObject({
    status: 404,
    code: 'unknown-node',
    detail: 'no node n3 is on record in cluster north',
    mend: 'did you mean n1 or n2?',
    didYouMean: ['n1', 'n2'],
  })
})

test('in a cluster that is not on record the cluster is what is wrong', async () => {
  const { problem } = await start({ whyNode: async () => null, nodes: empty })
  for (const path of ['/api/v1/clusters/nroth/nodes/n1/why', '/api/v1/nodes?cluster=nroth']) {
    expect(await problem(path)).toMatchObject({
      code: 'unknown-cluster',
      detail: 'no cluster nroth is on record',
      didYouMean: ['north'],
    })
  }
})

test('a DaemonSet that is not on record is told, though the node is known', async () => {
  const whyNode = async () => ({ cluster: 'north', node: null, slots: [] })
  const { problem } = await start({ whyNode, names: async () => ['fluentd'] })
  expect(await problem('/api/v1/clusters/north/nodes/n1/why?daemonSet=fluntd')).toMatchObject({
    code: 'unknown-daemonset',
    didYouMean: ['fluentd'],
  })
})

test('routes, methods and sizes that are not served', async () => {
  const { problem, get } = await start({}, { urlBytesMax: 500 })
  expect(await problem('/api/v1/nothing')).toMatchObject({ status: 404, code: 'not-found' })
  expect(await problem('/api/v1/nodes', { method: 'DELETE' })).toMatchObject({
    status: 405,
    code: 'method-not-allowed',
  })
  expect(await problem(`/api/v1/nodes?name=${'x'.repeat(500)}`)).toMatchObject({ status: 414, code: 'too-long' })
  const large = { method: 'POST', body: 'x'.repeat(70_000) }
  expect(await problem('/api/v1/nodes', large)).toMatchObject({ status: 413, code: 'too-large' })
  expect((await get('/api/v1/nodes', { method: 'DELETE' })).headers.get('allow')).toBe('GET, HEAD')
})

test('with a token nothing is answered to whoever does not bear it', async () => {
  const { problem, get } = await start({ nodes: empty }, { token: 'secret' })
  for (const path of ['/api/v1/nodes', '/openapi.json', '/nothing']) {
    expect(await problem(path)).toMatchObject({
      status: 401,
      code: 'unauthorized',
      detail: 'the request bears no token',
    })
  }
  const wrong = { headers: { authorization: 'Bearer other' } }
  expect((await problem('/api/v1/nodes', wrong)).detail).toBe('the token is not that of this auditor')
  expect((await get('/api/v1/nodes', { headers: { authorization: 'Bearer secret' } })).status).toBe(200)
  expect((await get('/api/v1/nodes')).headers.get('www-authenticate')).toBe('Bearer')
})

test('a page that resolves its own name to loopback reads nothing', async () => {
  const { auditor } = await start({ nodes: empty })
  const { port } = new URL(auditor.url)
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { host: `evil.example:${port}` }
    request({ port, host: '127.0.0.1', path: '/api/v1/nodes', headers }, response => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
  expect(status).toBe(421)
})

test('a store that is away is 503, one that takes too long 504, a defect 500 and in the log', async () => {
  const failing = (error: Error) => async () => {
    throw error
  }
  const { problem, get, logger } = await start({
    nodes: failing(new StoreError('unreachable', 'Postgres does not answer')),
    daemonSets: failing(new StoreError('took-too-long', 'not found within 5 s')),
    placements: failing(new TypeError('x is undefined')),
  })
  expect(await problem('/api/v1/nodes')).toMatchObject({
    status: 503,
    code: 'store-away',
    detail: 'Postgres does not answer',
  })
  expect((await get('/api/v1/nodes')).headers.get('retry-after')).toBe('5')
  expect(await problem('/api/v1/daemonsets')).toMatchObject({ status: 504, code: 'took-too-long' })
  const defect = await problem('/api/v1/placements')
  expect(defect).toMatchObject({ status: 500, code: 'defect' })
  expect(JSON.stringify(defect)).not.toContain('undefined')
  expect(logger.lines.filter(({ level }) => level === 'error')).toMatchObject([
    { facts: { path: '/api/v1/placements', error: 'TypeError: x is undefined' } },
  ])
})

test('it listens though the store is away, but not when the store cannot be used', async () => {
  const throwing = (code: StoreError['code']) => async () => {
    throw new StoreError(code, 'no schema')
  }
  const { logger } = await start({ ready: throwing('unreachable') })
  expect(logger.lines.map(({ level }) => level)).toEqual(['warn'])
  await expect(startAsking(createFakeStore({ ready: throwing('schema-missing') }).store)).rejects.toThrow('no schema')
})

test('a port that is taken is told with the mend', async () => {
  const { auditor } = await start()
  const port = Number(new URL(auditor.url).port)
  await expect(startAsking(createFakeStore().store, { port })).rejects.toMatchObject({
    code: 'port-in-use',
    message: `port ${port} of 127.0.0.1 is used by another process. Choose another with --port (0: any free one)`,
  })
})

test('a whole story is told in pages both ways', async () => {
  const place = (position: number) => ({ position, rank: 0, tie: '' })
  const history = async (_of: unknown, window: { from: { position: number } }) => ({
    items: [3, 4].map(position => ({ place: place(position), entry: { position } as never })),
    more: window.from.position > 100,
  })
  const { answer, asked } = await start({ history })
  type Told = { items: { position: number }[]; older: string | null; newer: string; atEnd: boolean }
  const path = '/api/v1/clusters/north/nodes/n1/history'
  const lastWindow = () => asked.findLast(({ method }) => method === 'history')?.args[1]
  const newest = await answer<Told>(path)
  expect(newest).toMatchObject({ items: [{ position: 3 }, { position: 4 }], atEnd: true })
  const older = await answer<Told>(`${path}?cursor=${newest.older}`)
  expect(lastWindow()).toEqual({ from: place(3), direction: 'older', limit: 100 })
  expect(older).toMatchObject({ older: null, atEnd: false })
  const newer = await answer<Told>(`${path}?cursor=${newest.newer}&limit=5`)
  expect(lastWindow()).toEqual({ from: place(4), direction: 'newer', limit: 5 })
  expect(newer.atEnd).toBe(true)
  expect(await answer<Told>(`${path}?start=beginning`)).toMatchObject({ older: null, atEnd: true })
})

test('where the record begins in the database, an answer says what of it is archived', async () => {
  const place = { cluster: 'north', lastPosition: 1, lastAt: '2026-01-01T00:00:01.000Z', place: '/mnt/ledger' }
  const item = { place: { position: 2, rank: 0, tie: '' }, entry: { kind: 'event', position: 2 } as never }
  const { answer, add } = await start({
    archived: async () => [place],
    history: async () => ({ items: [item], more: false }),
    events: async (_, { from, direction }) => ({
      items: [2, 3]
        .filter(position => (direction === 'newer' ? position > from : position < from))
        .map(at => ledgerEvent('north', at)),
      more: false,
    }),
  })
  add('north', 'Ticked', 'Ticked')
  type Told = { items: unknown[]; older: string | null; newer: string; archived?: unknown }
  const newest = await answer<Told>('/api/v1/events')
  expect(newest).toMatchObject({ older: null, archived: [place] })
  expect((await answer<Told>('/api/v1/events?cluster=north&from=0')).archived).toEqual([place])
  expect(await answer<Told>('/api/v1/events?cluster=north&from=1')).not.toHaveProperty('archived')
  expect(await answer<Told>(`/api/v1/events?cursor=${newest.newer}`)).not.toHaveProperty('archived')
  expect((await answer<Told>('/api/v1/clusters/north/nodes/n1/history')).archived).toEqual([place])
})

test('events of several clusters, newest page first, then back to the start', async () => {
  const { answer, add, asked } = await start()
  add('north', 'Ticked', 'Ticked')
  add('south', 'Ticked', 'NodeGone')
  type Told = { items: { cluster: string; position: number }[]; older: string | null; newer: string; atEnd: boolean }
  const places = ({ items }: Told) => items.map(({ cluster, position }) => `${cluster}${position}`)
  const newest = await answer<Told>('/api/v1/events?limit=3')
  expect([places(newest), newest.atEnd]).toEqual([['north2', 'south2', 'north3'], true])
  const before = await answer<Told>(`/api/v1/events?limit=3&cursor=${newest.older}`)
  expect([places(before), before.older, before.atEnd]).toEqual([['north1', 'south1'], null, false])
  add('south', 'Ticked')
  asked.length = 0
  expect(places(await answer<Told>(`/api/v1/events?limit=3&cursor=${newest.newer}`))).toEqual(['south3'])
  // A stream that has nothing new is not read.
  const read = asked.filter(({ method }) => method === 'events').map(({ args: [of] }) => of)
  expect(read).toMatchObject([{ cluster: 'south' }])
  expect(places(await answer<Told>('/api/v1/events?cluster=north&from=1'))).toEqual(['north2', 'north3'])
  expect(places(await answer<Told>('/api/v1/events?type=NodeGone'))).toEqual(['south2'])
})
