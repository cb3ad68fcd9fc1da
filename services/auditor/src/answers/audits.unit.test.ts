import { expect, test } from 'vitest'
import { useAsking } from '../testing/use-asking.ts'

const start = useAsking()

const recordBegins = new Date('2020-01-01T00:00:00.000Z')
const coverage = (next: string[] | null) => async () => ({
  items: [],
  next,
  recordBegins,
  total: { slots: 0, expectedMs: 0, uncoveredMs: 0, coverage: null },
})
const path = '/api/v1/clusters/north/coverage'
/** When the virtual clock of tests begins: 2023-11-14. */
const now = '2023-11-14T22:13:20.000Z'

test('coverage ends now, and all its pages where the first did', async () => {
  const { answer, asked, time } = await start({ coverage: coverage(['n1', 'kube-system', 'fluentd', 'uid']) })
  const question = `${path}?daemonSet=fluentd&from=2023-01-01T00:00:00Z&to=2099-01-01T00:00:00Z`
  const first = await answer<{ to: string; next: string }>(question)
  expect(first.to).toBe(now)
  await time.advance(60_000)
  expect((await answer<{ to: string }>(`${question}&cursor=${first.next}`)).to).toBe(now)
  expect(asked.at(-1)?.args[1]).toEqual({ after: ['n1', 'kube-system', 'fluentd', 'uid'], limit: 100 })
  expect((await answer<{ to: string }>(question)).to).not.toBe(now)
})

test.each([
  ['from=2023-01-01T00:00:00Z', 400, 'bad-parameter', 'daemonSet or node must be given'],
  ['node=n1', 400, 'bad-parameter', 'from '],
  ['node=n1&from=2099-01-01T00:00:00Z', 400, 'bad-time', '2099-01-01T00:00:00Z lies ahead'],
  ['node=n1&from=2019-01-01T00:00:00Z&to=2019-02-01T00:00:00Z', 400, 'bad-time', 'the record of north begins at 2020'],
  ['node=n2&from=2023-01-01T00:00:00Z', 404, 'unknown-node', 'no node n2 is on record'],
  ['daemonSet=fluentb&from=2023-01-01T00:00:00Z', 404, 'unknown-daemonset', 'no DaemonSet fluentb is on record'],
])('coverage of %s is refused', async (query, status, code, detail) => {
  const { problem } = await start({ coverage: coverage(null) })
  const told = await problem(`${path}?${query}`)
  expect(told).toMatchObject({ status, code })
  expect(told.detail).toContain(detail)
})

test('changes lead on both ways, though a page found none', async () => {
  const changes = async () => ({ items: [], more: true, scanned: 500 })
  const { answer, asked } = await start({ changes })
  type Told = { older: string | null; newer: string; atEnd: boolean }
  const url = '/api/v1/clusters/north/daemonsets/kube-system/fluentd/changes'
  const newest = await answer<Told>(url)
  expect(newest.atEnd).toBe(true)
  await answer<Told>(`${url}?cursor=${newest.older}`)
  expect(asked.at(-1)?.args[1]).toEqual({ from: 500, direction: 'older', limit: 100 })
  await answer<Told>(`${url}?cursor=${newest.newer}`)
  expect(asked.at(-1)?.args[1]).toEqual({ from: 499, direction: 'newer', limit: 100 })
})

test.each(['missing', 'changes', 'rollouts'])('%s of a DaemonSet nobody knows', async route => {
  const none = async () => null
  const { problem } = await start({ missing: none, changes: none, rollouts: none })
  expect(await problem(`/api/v1/clusters/north/daemonsets/kube-system/fluentb/${route}`)).toMatchObject({
    status: 404,
    code: 'unknown-daemonset',
    didYouMean: ['fluentd'],
  })
})

test('missing nodes and rollouts are asked for by labels, rule and time, and cursors go with them', async () => {
  const url = '/api/v1/clusters/north/daemonsets/kube-system/fluentd'
  const none = { items: [], next: ['n1'] }
  const { answer, asked, problem } = await start({
    missing: async () => ({ ...none, daemonSetUid: 'uid' }),
    rollouts: async () => none,
  })
  const missing = `${url}/missing?node=n1&labelSelector=disk%3Dssd&rule=eligible`
  const { next } = await answer<{ next: string }>(missing)
  expect(asked.at(-1)?.args[1]).toMatchObject({
    nodes: ['n1'],
    labels: [{ key: 'disk', operator: 'In', values: ['ssd'] }],
    rules: ['eligible'],
  })
  await answer(`${missing}&cursor=${next}`)
  expect(await problem(`${url}/missing?node=n1&cursor=${next}`)).toMatchObject({ code: 'bad-cursor' })
  expect(await problem(`${url}/missing?node=n9`)).toMatchObject({ code: 'unknown-node' })
  expect(await problem(`${url}/missing?labelSelector=a%3D%3D%3Db`)).toMatchObject({ parameter: 'labelSelector' })
  await answer(`${url}/rollouts?from=2023-01-01T00:00:00Z`)
  expect(asked.at(-1)?.args[1]).toEqual({ from: new Date('2023-01-01T00:00:00Z'), to: null })
  expect(await problem(`${url}/rollouts?from=2023-01-02T00:00:00Z&to=2023-01-01T00:00:00Z`)).toMatchObject({
    parameter: 'to',
  })
})
