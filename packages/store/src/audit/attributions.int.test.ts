import type { EventOf } from '@rollcall/contracts'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { daemonSetSeen } from '../testing/audit-story.ts'
import { type AuditWorld, startAuditWorld } from '../testing/audit-world.ts'
import {
  batch,
  daemonSet,
  daemonSetFacts,
  podFacts,
  podGone,
  podSeen,
  type Step,
  streamCommit,
  t,
} from '../testing/fixtures.ts'

/** Who asked for what was seen: told before the change is seen, after it, twice, without its version, or never. */
const cluster = 'east'
let world: AuditWorld
let server: AuditWorld['server']
let store: AuditWorld['store']
let audit: AuditWorld['audit']
let position = 0

beforeAll(async () => {
  world = await startAuditWorld()
  ;({ store, audit, server } = world)
  await tell()
})
afterAll(() => world?.close())

const attributed = (at: number, user: string, rest: Partial<EventOf<'ChangeAttributed'>> = {}): Step => ({
  event: {
    type: 'ChangeAttributed',
    cluster,
    at: t(at),
    audit: `${user} ${at}`,
    object: { kind: 'DaemonSet', namespace: daemonSet.namespace, name: daemonSet.name, uid: daemonSet.uid },
    resourceVersion: null,
    verb: 'patch',
    user: { name: user, groups: ['sre'], impersonatedBy: null },
    userAgent: 'kubectl/v1.37.0 (linux/amd64)',
    sourceIps: ['10.0.0.7'],
    requestedAt: t(at),
    ...rest,
  },
  effects: [],
})

const template = (digest: string, resourceVersion: string) =>
  daemonSetFacts({ template: { ...daemonSetFacts().template, digest }, resourceVersion })

async function tell(): Promise<void> {
  const { owner } = await store.takeOwnership(cluster, 'rollcall.events', 0, 'test')
  const commit = async (...steps: Step[]) => {
    const last = position + steps.length
    await store.commitBatch(batch(owner, last, [streamCommit(cluster, position, steps)]))
    position = last
  }
  const pod = podFacts('p', 'n1')
  await commit(
    // Before the change is seen; and of a change that the next list passes over: the last of them counts.
    attributed(1_000, 'alice', { resourceVersion: '100' }),
    daemonSetSeen(cluster, t(1_500), template('d1', '100')),
    attributed(2_000, 'bob', { resourceVersion: '105' }),
    attributed(2_100, 'carol', { resourceVersion: '110' }),
    daemonSetSeen(cluster, t(2_500), template('d2', '110')),
    // Nobody tells who made this one.
    daemonSetSeen(cluster, t(30_000), template('d3', '120')),
    daemonSetSeen(cluster, t(60_000), template('d4', '130')),
  )
  await commit(
    // Long after the change, and twice; and one at level Metadata.
    attributed(90_000, 'dave', { resourceVersion: '130', requestedAt: t(59_900) }),
    attributed(90_000, 'dave', { resourceVersion: '130', requestedAt: t(59_900) }),
    daemonSetSeen(cluster, t(100_000), template('d5', '140')),
    attributed(101_000, 'erin', {
      object: { kind: 'DaemonSet', namespace: daemonSet.namespace, name: daemonSet.name, uid: null },
      requestedAt: t(99_950),
    }),
    podSeen(cluster, t(101_000), pod),
    attributed(102_000, 'frank', {
      verb: 'delete',
      object: { kind: 'Pod', namespace: pod.namespace, name: pod.name, uid: pod.uid },
    }),
    podGone(cluster, t(102_500), pod),
  )
}

test('each change has whoever asked for it, however the audit was told', async () => {
  const slice = await audit.changes(
    { cluster, namespace: daemonSet.namespace, name: daemonSet.name },
    { from: Number.MAX_SAFE_INTEGER, direction: 'older', limit: 100 },
  )
  expect(slice?.items.map(({ attributed: by }) => by && `${by.user} ${by.match}`)).toEqual([
    'alice exact',
    'carol exact',
    null,
    'dave exact',
    'erin probable',
  ])
  expect(slice?.items[0]?.attributed).toEqual({
    user: 'alice',
    groups: ['sre'],
    impersonatedBy: null,
    verb: 'patch',
    userAgent: 'kubectl/v1.37.0 (linux/amd64)',
    sourceIps: ['10.0.0.7'],
    requestedAt: new Date(t(1_000)).toISOString(),
    match: 'exact',
  })
})

test('the end of a pod has whoever deleted it', async () => {
  const story = await audit.history(
    { kind: 'pod', cluster, namespace: daemonSet.namespace, name: 'p' },
    { from: { position: 0, rank: -1, tie: '' }, direction: 'newer', limit: 100 },
  )
  const events = story?.items.flatMap(({ entry }) => (entry.kind === 'event' ? [entry.event] : []))
  expect(events?.map(({ type, attributed: by }) => [type, by?.user ?? null])).toEqual([
    ['PodObserved', null],
    ['ChangeAttributed', null],
    ['PodGone', 'frank'],
  ])
})

test('the ledger keeps every word, the projection each request once; the view shows it', async () => {
  const database = new pg.Client(server.url)
  await database.connect()
  try {
    const counted = await database.query("select count(*)::int as rows from ledger where type = 'ChangeAttributed'")
    expect(counted.rows).toEqual([{ rows: 7 }])
    const { rows } = await database.query('select user_name from audit_attributions order by requested_at')
    expect(rows.map(row => row.user_name)).toEqual(['alice', 'bob', 'carol', 'dave', 'erin', 'frank'])
  } finally {
    await database.end()
  }
})
