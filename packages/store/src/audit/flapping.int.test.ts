import type { NodeFacts, PodFacts } from '@rollcall/contracts'
import { flappingSchema } from '@rollcall/contracts/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AuditWorld, startAuditWorld } from '../testing/audit-world.ts'
import {
  batch,
  nodeFacts,
  nodeSeen,
  podFacts,
  podGone,
  podSeen,
  type Step,
  streamCommit,
  t,
} from '../testing/fixtures.ts'
import type { FlappingAsked, PageKey } from './audit-store.ts'

/** In seconds: n1 turns not ready and ready again ten times, n2 gets a taint once, n3 is quiet; a pod on n1 crashes three times. */
const cluster = 'restless'
const s = (seconds: number) => t(seconds * 1_000)
let world: AuditWorld
let position = 0
let commit: (...steps: Step[]) => Promise<void>

const node = (name: string, at: number, over: Partial<NodeFacts> = {}) =>
  nodeSeen(cluster, s(at), nodeFacts(name, { resourceVersion: String(1_000 + at), ...over }))
const readiness = (status: 'True' | 'False') => ({ conditions: [{ type: 'Ready', status, since: t() }] })
const pod = (at: number, over: Partial<PodFacts>) =>
  podSeen(cluster, s(at), podFacts('p', 'n1', { nodeName: 'n1', resourceVersion: String(2_000 + at), ...over }))

beforeAll(async () => {
  world = await startAuditWorld()
  const { owner } = await world.store.takeOwnership(cluster, 'rollcall.events', 0, 'test')
  commit = async (...steps) => {
    const last = position + steps.length
    await world.store.commitBatch(batch(owner, last, [streamCommit(cluster, position, steps)]))
    position = last
  }
  await commit(
    node('n1', 0),
    node('n2', 1),
    node('n3', 2),
    pod(3, { ready: true }),
    podSeen(cluster, s(4), podFacts('q', 'n2')),
  )
  for (let round = 0; round < 10; round += 1) {
    await commit(node('n1', 10 + round * 2, readiness('False')), node('n1', 11 + round * 2, readiness('True')))
  }
  await commit(
    node('n2', 40, { taints: [{ key: 'full', value: '', effect: 'NoSchedule' }], unschedulable: true }),
    pod(41, { restarts: 1 }),
    pod(42, { ready: true, restarts: 1 }),
    pod(43, { restarts: 3, trouble: 'CrashLoopBackOff' }),
    podGone(cluster, s(50), podFacts('p', 'n1', { nodeName: 'n1' })),
  )
})
afterAll(() => world?.close())

const ask = async (
  from: number,
  to: number,
  over: Partial<FlappingAsked> = {},
  after: PageKey | null = null,
  limit = 100,
) => {
  const asked = { cluster, namespaces: null, daemonSets: null, nodes: null, of: 'nodes' as const, ...over }
  const slice = await world.audit.flapping({ ...asked, from: new Date(s(from)), to: new Date(s(to)) }, { after, limit })
  for (const item of slice?.items ?? []) flappingSchema.parse(item)
  return slice
}
const none = { ready: 0, cordoned: 0, labels: 0, taints: 0, restarted: 0, troubled: 0 }

test('nodes: the most restless first, with what turned', async () => {
  expect((await ask(5, 100))?.items).toEqual([
    { node: 'n1', pod: null, changes: 20, turned: { ...none, ready: 20 } },
    { node: 'n2', pod: null, changes: 1, turned: { ...none, taints: 1, cordoned: 1 } },
  ])
})

test('only what lies in the span counts, the first of it against what was before', async () => {
  expect((await ask(12, 14))?.items).toEqual([{ node: 'n1', pod: null, changes: 2, turned: { ...none, ready: 2 } }])
  expect((await ask(60, 100))?.items).toEqual([])
  // A first sight is a change, and turns nothing.
  expect((await ask(0, 5))?.items.map(({ node: name, changes, turned }) => [name, changes, turned.ready])).toEqual([
    ['n1', 1, 0],
    ['n2', 1, 0],
    ['n3', 1, 0],
  ])
})

test('pods, by DaemonSet, node and labels of nodes', async () => {
  const restless = { node: 'n1', pod: { namespace: 'kube-system', name: 'p' }, changes: 3 }
  const turned = { ...none, ready: 3, restarted: 2, troubled: 1 }
  expect((await ask(5, 100, { of: 'pods' }))?.items).toEqual([{ ...restless, turned }])
  expect((await ask(5, 100, { of: 'pods', daemonSets: ['fluentd'], nodes: ['n1'] }))?.items).toHaveLength(1)
  expect((await ask(5, 100, { of: 'pods', daemonSets: ['other'] }))?.items).toEqual([])
  const labels = [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['n2'] }]
  expect((await ask(0, 100, { labels }))?.items.map(({ node: name }) => name)).toEqual(['n2'])
})

test('pages tell each once, though it goes on meanwhile', async () => {
  const upTo = position
  const first = await ask(0, 1_000, { upTo }, null, 1)
  expect(first?.items).toMatchObject([{ node: 'n1', changes: 21 }])
  // n3 becomes the most restless of all: it would be in front of where the page ended.
  for (let at = 200; at < 260; at += 2) {
    await commit(node('n3', at, readiness('False')), node('n3', at + 1, readiness('True')))
  }
  const rest = await ask(0, 1_000, { upTo }, first?.next ?? null)
  expect(rest?.items.map(({ node: name, changes }) => [name, changes])).toEqual([
    ['n2', 2],
    ['n3', 1],
  ])
  expect((await ask(0, 1_000, {}, null, 1))?.items).toMatchObject([{ node: 'n3', changes: 61 }])
})

test('of a cluster that is not on record there is nothing', async () => {
  expect(await ask(0, 1, { cluster: 'nowhere' })).toBe(null)
})
