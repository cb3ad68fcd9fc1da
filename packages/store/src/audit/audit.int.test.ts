import type { HistoryEntry, Placement, PlacementsQuery } from '@rollcall/contracts/api'
import {
  clusterSchema,
  daemonSetSchema,
  historyEntrySchema,
  ledgerEventSchema,
  nodeSchema,
  placementSchema,
  placementsQuerySchema,
  whyNodeAnswerSchema,
  whyPodAnswerSchema,
} from '@rollcall/contracts/api'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noRole } from '../rights/roles.ts'
import { hash, slotDecision, writeStory } from '../testing/audit-story.ts'
import { type AuditWorld, startAuditWorld } from '../testing/audit-world.ts'
import {
  batch,
  createPod,
  daemonSet,
  nodeFacts,
  nodeSeen,
  podFacts,
  podSeen,
  streamCommit,
  t,
} from '../testing/fixtures.ts'
import {
  type AuditStore,
  type HistoryItem,
  type HistoryOf,
  historyEnd,
  historyStart,
  type PageKey,
} from './audit-store.ts'
import { createPostgresAuditStore } from './postgres-audit-store.ts'

let world: AuditWorld
let server: AuditWorld['server']
let store: AuditWorld['store']
let audit: AuditWorld['audit']
let story: Awaited<ReturnType<typeof writeStory>>

beforeAll(async () => {
  world = await startAuditWorld()
  ;({ store, audit, server } = world)
  story = await writeStory(store, 'north')
  await writeStory(store, 'south')
})
afterAll(() => world?.close())

const page = { after: null, limit: 100 }
const iso = (ms: number) => new Date(t(ms)).toISOString()
const asked = (query: Record<string, unknown> = {}) => {
  const { limit, cursor, labelSelector, ...rest }: PlacementsQuery = placementsQuerySchema.parse(query)
  return { ...rest, labels: [] }
}
const wanted = (key: string, operator: string, ...values: string[]) => ({ key, operator, values })

describe('lists', () => {
  test('a cluster with what is recorded of it', async () => {
    const { items, next } = await audit.clusters({ cluster: ['north'] }, page)
    expect(next).toBe(null)
    expect(items.map(item => clusterSchema.parse(item))).toEqual([
      {
        name: 'north',
        uid: 'uid-north',
        version: 'v1.37.0',
        mode: 'control',
        modeRequests: [],
        position: 14,
        lastEventAt: iso(4_000),
        nodes: { total: 3, ready: 2 },
        daemonSets: 1,
        pods: { total: 0, ready: 0 },
        watch: [{ kind: 'Node', resourceVersion: '112', movedAt: expect.any(String) }],
      },
    ])
  })

  test('nodes by labels, with every operator of a selector', async () => {
    const names = async (...labels: ReturnType<typeof wanted>[]) => {
      const { items } = await audit.nodes({ cluster: ['north'], presence: 'current', labels }, page)
      return items.map(item => nodeSchema.parse(item).name)
    }
    expect(await names()).toEqual(['n1', 'n2', 'n3'])
    expect(await names(wanted('disk', 'In', 'hdd', 'ssd'))).toEqual(['n1', 'n2', 'n3'])
    expect(await names(wanted('disk', 'In', 'hdd'))).toEqual([])
    expect(await names(wanted('disk', 'NotIn', 'ssd'))).toEqual([])
    expect(await names(wanted('zone', 'NotIn', 'a'))).toEqual(['n1', 'n2', 'n3'])
    expect(await names(wanted('zone', 'Exists'))).toEqual([])
    expect(await names(wanted('zone', 'DoesNotExist'), wanted('disk', 'Exists'))).toEqual(['n1', 'n2', 'n3'])
  })

  test('a DaemonSet with the revision of its template', async () => {
    const { items } = await audit.daemonSets({ presence: 'current', name: ['fluentd'], labels: [] }, page)
    expect(items.map(item => daemonSetSchema.parse(item).cluster)).toEqual(['north', 'south'])
    expect(items[0]).toMatchObject({
      ...daemonSet,
      images: ['fluentd:1'],
      revision: { name: `fluentd-${hash}`, number: 1, hash },
      pods: { total: 0, ready: 0, updated: 0 },
      goneAt: null,
    })
  })

  test('pages of any size tell every item once, in order', async () => {
    for (const limit of [1, 2, 4, 100]) {
      const seen: string[] = []
      let after: PageKey | null = null
      do {
        const slice: Awaited<ReturnType<AuditStore['nodes']>> = await audit.nodes(
          { presence: 'all', labels: [] },
          { after, limit },
        )
        expect(slice.items.length).toBeLessThanOrEqual(limit)
        seen.push(...slice.items.map(({ cluster, name }) => `${cluster}/${name}`))
        after = slice.next
      } while (after !== null)
      expect(seen).toEqual(['north/n1', 'north/n2', 'north/n3', 'south/n1', 'south/n2', 'south/n3'])
    }
  })
})

describe('placements', () => {
  const pods = async (query: Record<string, unknown>) =>
    (await audit.placements(asked({ cluster: 'north', ...query }), page)).items

  test('current ones are open; all tells how they ended', async () => {
    expect(await pods({})).toEqual([])
    const [placement, ...others] = await pods({ presence: 'all' })
    expect(others).toEqual([])
    expect(placementSchema.parse(placement)).toEqual({
      cluster: 'north',
      namespace: daemonSet.namespace,
      daemonSet: { name: 'fluentd', uid: daemonSet.uid },
      node: 'n1',
      pod: { name: story.pod, uid: 'pod-1' },
      revision: hash,
      openedAt: iso(200),
      openedPosition: 7,
      openedBy: story.first.id,
      provisional: false,
      phase: 'Running',
      ready: false,
      boundAt: iso(1_000),
      readyAt: iso(1_000),
      finishedAt: null,
      terminatingAt: null,
      ending: { command: story.deletion.id, type: 'DeletePod', rule: 'rollout-replace' },
      closed: { at: iso(4_000), position: 14, by: story.deletion.id, cause: 'rollout-replace', inferred: false },
    })
  })

  test('at a time, and between two', async () => {
    expect(await pods({ at: iso(199) })).toHaveLength(0)
    expect(await pods({ at: iso(200) })).toHaveLength(1)
    expect(await pods({ at: iso(3_999) })).toHaveLength(1)
    expect(await pods({ at: iso(4_000) })).toHaveLength(0)
    expect(await pods({ from: iso(3_999), to: iso(9_000) })).toHaveLength(1)
    expect(await pods({ from: iso(4_000), to: iso(9_000) })).toHaveLength(0)
    expect(await pods({ to: iso(200) })).toHaveLength(0)
    expect(await pods({ at: iso(1_000), presence: 'current' })).toHaveLength(0)
  })

  test('every filter takes and leaves', async () => {
    const all = { presence: 'all' }
    const fitting = {
      namespace: daemonSet.namespace,
      daemonSet: 'fluentd',
      node: ['n1', 'n2'],
      name: story.pod,
      cause: 'rollout-replace',
    }
    for (const [filter, value] of Object.entries(fitting)) {
      expect(await pods({ ...all, [filter]: value }), filter).toHaveLength(1)
      expect(await pods({ ...all, [filter]: 'other' }), filter).toHaveLength(0)
    }
    const onDisk = async (disk: string) =>
      (await audit.placements({ ...asked({ ...all, cluster: 'north' }), labels: [wanted('disk', 'In', disk)] }, page))
        .items.length
    expect([await onDisk('ssd'), await onDisk('hdd')]).toEqual([1, 0])
    const labelled = async (app: string, query: object) =>
      (
        await audit.placements(
          { ...asked({ ...query, cluster: 'north' }), podLabels: [wanted('app', 'In', app)] },
          page,
        )
      ).items.length
    for (const query of [all, {}, { ...all, daemonSet: daemonSet.name }]) {
      const plain = (await audit.placements(asked({ ...query, cluster: 'north' }), page)).items.length
      expect([await labelled('fluentd', query), await labelled('other', query)]).toEqual([plain, 0])
    }
  })

  test('pages do not shift while pods come and go', async () => {
    const cluster = 'busy'
    const { owner } = await store.takeOwnership(cluster, 'rollcall.events', 0, 'test')
    let position = 0
    const add = async (...names: string[]) => {
      const steps = names.map(name => podSeen(cluster, t(position), podFacts(name, `on-${name}`)))
      await store.commitBatch(batch(owner, position, [streamCommit(cluster, position, steps)]))
      position += steps.length
    }
    await add('b', 'd', 'f', 'h')
    const first = await audit.placements(asked({ cluster }), { after: null, limit: 2 })
    await add('a', 'c', 'g')
    const second = await audit.placements(asked({ cluster }), { after: first.next, limit: 9 })
    const names = (items: readonly Placement[]) => items.map(({ pod }) => pod.name).join('')
    expect([names(first.items), names(second.items)]).toEqual(['bd', 'fgh'])
  })
})

describe('why', () => {
  test('a pod that is gone: who wanted it, from which events, and what ended it', async () => {
    const answer = whyPodAnswerSchema.parse(await audit.whyPod('north', daemonSet.namespace, story.pod))
    expect(answer.stories).toHaveLength(1)
    const [told] = answer.stories
    expect(told?.created?.command).toMatchObject({ id: story.first.id, type: 'CreatePod', settled: { result: 'done' } })
    expect(told?.created?.decision).toMatchObject({ position: 6, action: 'create', causesTotal: 2 })
    expect(told?.created?.decision?.causes.map(({ type, subject, by }) => [type, subject?.name, by?.manager])).toEqual([
      ['NodeObserved', 'n1', undefined],
      ['DaemonSetObserved', 'fluentd', 'kubectl'],
    ])
    expect(told?.ended?.decision?.reason).toEqual({
      rule: 'rollout-replace',
      source: '§4.3',
      facts: { maxUnavailable: 1 },
    })
    expect(told?.standing).toMatchObject({ position: 14, action: 'create', commands: [{ id: story.third.id }] })
  })

  test('a pod that never came to be: the API server refused', async () => {
    const name = story.second.type === 'CreatePod' ? story.second.podName : ''
    const answer = whyPodAnswerSchema.parse(await audit.whyPod('north', daemonSet.namespace, name))
    expect(answer.stories).toMatchObject([
      {
        node: 'n2',
        placement: null,
        created: {
          command: { settled: { result: 'refused', answer: { code: 403 } } },
          decision: { position: 6, node: 'n2' },
        },
        ended: null,
        standing: { position: 11, causes: [{ changes: [{ path: 'labels.disk', before: 'hdd', after: 'ssd' }] }] },
      },
    ])
  })

  test('unknown names are null', async () => {
    expect(await audit.whyPod('north', daemonSet.namespace, 'nobody')).toBe(null)
    expect(await audit.whyPod('nowhere', daemonSet.namespace, story.pod)).toBe(null)
    expect(await audit.whyNode('north', 'n9', {})).toBe(null)
    expect(await audit.whyNode('nowhere', 'n1', {})).toBe(null)
  })

  test('a node without a pod: the verdict and the facts judged', async () => {
    const answer = whyNodeAnswerSchema.parse(await audit.whyNode('north', 'n3', {}))
    expect(answer.node).toMatchObject({ name: 'n3', ready: false })
    expect(answer.slots).toMatchObject([
      {
        daemonSet,
        gone: false,
        noDecision: false,
        decision: {
          verdict: 'mayContinue',
          action: 'none',
          at: iso(50),
          reason: { rule: 'taint-not-tolerated', facts: { taint: { key: 'gpu' } } },
        },
        placements: [],
        lastPlacement: null,
      },
    ])
  })

  test('a command that is still being tried says how it fares', async () => {
    const answer = await audit.whyNode('north', 'n2', { daemonSet: ['fluentd'] })
    expect(answer?.slots[0]?.decision?.commands).toMatchObject([
      { id: story.retry.id, settled: null, delayed: { at: iso(2_500), attempts: 4, message: '429 too many requests' } },
    ])
  })

  test('what holds the rollout as a whole is told where a pod waits for it, until the record says that nothing does', async () => {
    const { commit } = await writeStory(store, 'held')
    await commit([podSeen('held', t(6_900), podFacts('fluentd-held', 'n1'))])
    let second = 7_000
    const say = async (rule: string, hash: string) => {
      const reason = { rule, source: 'docs/annotations.md', facts: { waiting: 1, revision: `fluentd-${hash}`, hash } }
      const decision = slotDecision(null, { verdict: null, action: 'wait', reason })
      await commit([nodeSeen('held', t(second), nodeFacts(`h${second++}`))], [decision])
    }
    const rollout = async () => (await audit.whyNode('held', 'n1', { daemonSet: ['fluentd'] }))?.slots[0]?.rollout
    const revision = (await audit.whyNode('held', 'n1', { daemonSet: ['fluentd'] }))?.slots[0]?.placements[0]?.revision
    expect(await rollout()).toBeNull()
    await say('rollout-paused', 'next')
    await say('status-changed', 'next')
    expect(await rollout()).toMatchObject({ reason: { rule: 'rollout-paused', facts: { revision: 'fluentd-next' } } })
    // Its pod is of that revision itself: it waits for nothing.
    await say('rollout-paused', revision ?? '?')
    expect(await rollout()).toBeNull()
    await say('rollout-paused', 'next')
    await say('rollout-goes-on', 'next')
    expect(await rollout()).toBeNull()
  })

  test('a node no decision is recorded for says so', async () => {
    await story.commit([nodeSeen('north', t(5_000), nodeFacts('fresh'))])
    const answer = await audit.whyNode('north', 'fresh', {})
    expect(answer?.slots).toMatchObject([{ noDecision: true, decision: null, placements: [], lastPlacement: null }])
  })
})

describe('history', () => {
  const whole = async (of: HistoryOf, limit: number, direction: 'older' | 'newer') => {
    const items: HistoryItem[] = []
    let from = direction === 'newer' ? historyStart : historyEnd
    for (;;) {
      const slice = await audit.history(of, { from, direction, limit })
      if (slice === null) return null
      expect(slice.items.length).toBeLessThanOrEqual(limit)
      items[direction === 'newer' ? 'push' : 'unshift'](...slice.items)
      const edge = direction === 'newer' ? slice.items.at(-1) : slice.items[0]
      if (!slice.more || !edge) return items
      from = edge.place
    }
  }
  const outline = (items: readonly HistoryItem[] | null) =>
    items?.map(({ entry }) => `${entry.position} ${inShort(historyEntrySchema.parse(entry))}`)
  const inShort = (entry: HistoryEntry): string => {
    switch (entry.kind) {
      case 'event':
        return entry.event.type
      case 'outcome':
        return `${entry.command.type} ${entry.command.settled?.result}`
      case 'decision':
        return `${entry.decision.action} on ${entry.decision.node}`
      case 'opened':
      case 'closed':
        return `${entry.kind} on ${entry.placement.node}`
    }
  }

  const n1: HistoryOf = { kind: 'node', cluster: 'north', node: 'n1' }
  const ofN1 = [
    '2 NodeObserved',
    '6 create on n1',
    '7 CreatePod done',
    '7 opened on n1',
    '12 delete on n1',
    '13 DeletePod done',
    '14 closed on n1',
    '14 create on n1',
  ]

  test('of a node, whatever the pages and the way of reading', async () => {
    for (const limit of [1, 2, 3, 100]) {
      for (const direction of ['older', 'newer'] as const) {
        expect(outline(await whole(n1, limit, direction)), `${limit} ${direction}`).toEqual(ofN1)
      }
    }
  })

  test('of a pod', async () => {
    const of = { kind: 'pod', cluster: 'north', namespace: daemonSet.namespace, name: story.pod } as const
    expect(outline(await whole(of, 2, 'newer'))).toEqual([
      '6 create on n1',
      '7 CreatePod done',
      '7 opened on n1',
      '9 PodObserved',
      '10 PodObserved',
      '12 delete on n1',
      '13 DeletePod done',
      '14 PodGone',
      '14 closed on n1',
    ])
    expect(outline(await whole(of, 2, 'older'))).toEqual(outline(await whole(of, 100, 'newer')))
  })

  test('of a DaemonSet: its revisions, and all its nodes', async () => {
    const of = { kind: 'daemonSet', cluster: 'north', namespace: daemonSet.namespace, name: 'fluentd' } as const
    const story = [
      '5 DaemonSetObserved',
      '6 RevisionObserved',
      '6 create on n1',
      '6 create on n2',
      '6 none on n3',
      '7 opened on n1',
      '11 create on n2',
      '12 delete on n1',
      '14 closed on n1',
      '14 create on n1',
    ]
    expect(outline(await whole(of, 3, 'older'))).toEqual(story)
    expect(outline(await whole(of, 1, 'newer'))).toEqual(story)
  })

  test('an event tells what changed since the sight before', async () => {
    const items = await whole({ kind: 'node', cluster: 'north', node: 'n2' }, 100, 'newer')
    const changes = items?.flatMap(({ entry }) => (entry.kind === 'event' ? [entry.event.changes] : []))
    expect(changes).toEqual([null, [{ path: 'labels.disk', before: 'hdd', after: 'ssd' }]])
  })

  test('behind the end it is empty, of nobody it is null', async () => {
    const behind = await audit.history(n1, { from: historyEnd, direction: 'newer', limit: 5 })
    expect(behind).toEqual({ items: [], more: false })
    expect(await audit.history({ ...n1, node: 'n9' }, { from: historyEnd, direction: 'older', limit: 5 })).toBe(null)
    expect(
      await audit.history({ ...n1, cluster: 'nowhere' }, { from: historyStart, direction: 'newer', limit: 5 }),
    ).toBe(null)
  })
})

describe('events', () => {
  const all = { cluster: 'south', types: null, subject: null }
  const positions = (slice: Awaited<ReturnType<AuditStore['events']>>) => slice.items.map(({ position }) => position)

  test('from a position in both directions, the position itself excluded', async () => {
    const newer = await audit.events(all, { from: 3, direction: 'newer', limit: 4 })
    expect([positions(newer), newer.more]).toEqual([[4, 5, 6, 7], true])
    const older = await audit.events(all, { from: 3, direction: 'older', limit: 4 })
    expect([positions(older), older.more]).toEqual([[1, 2], false])
    expect(newer.items.map(item => ledgerEventSchema.parse(item).family)).toEqual([
      'observation',
      'observation',
      'observation',
      'outcome',
    ])
  })

  test('of some types, and about one object', async () => {
    const window = { from: 0, direction: 'newer', limit: 100 } as const
    expect(positions(await audit.events({ ...all, types: ['PodGone', 'CommandDelayed'] }, window))).toEqual([12, 14])
    const subject = { kind: 'Node', namespace: '', name: 'n2' } as const
    expect(positions(await audit.events({ ...all, subject }, window))).toEqual([3, 11])
    expect(positions(await audit.events({ ...all, cluster: 'nowhere' }, window))).toEqual([])
  })

  test('where streams end', async () => {
    expect(await audit.heads(['south', 'nowhere'])).toEqual(new Map([['south', 14]]))
    expect((await audit.heads(null)).get('south')).toBe(14)
  })
})

test('names for suggestions', async () => {
  expect(await audit.names({ kind: 'cluster' })).toEqual(expect.arrayContaining(['north', 'south']))
  expect(await audit.names({ kind: 'node', cluster: 'south' })).toEqual(expect.arrayContaining(['n1', 'n2', 'n3']))
  const namespaced = { cluster: 'south', namespace: daemonSet.namespace }
  expect(await audit.names({ kind: 'daemonSet', ...namespaced })).toEqual(['fluentd'])
  expect(await audit.names({ kind: 'pod', ...namespaced })).toEqual([])
})

test('which of some names are on record', async () => {
  expect(await audit.knownNames({ kind: 'cluster' }, ['south', 'nowhere'])).toEqual(new Set(['south']))
  expect(await audit.knownNames({ kind: 'node', cluster: 'south' }, ['n3', 'n99', 'n1'])).toEqual(new Set(['n1', 'n3']))
  expect(await audit.knownNames({ kind: 'node', cluster: 'south' }, [])).toEqual(new Set())
  const namespaced = { cluster: 'south', namespace: null }
  expect(await audit.knownNames({ kind: 'daemonSet', ...namespaced }, ['fluentd', 'x'])).toEqual(new Set(['fluentd']))
  expect(await audit.knownNames({ kind: 'pod', ...namespaced }, ['fluentd'])).toEqual(new Set())
})

describe('limits', () => {
  test('a question that takes too long is ended, and says so', async () => {
    const locked = createPostgresAuditStore({ url: server.url, statementTimeoutMs: 200 })
    const client = new pg.Client({ connectionString: server.url })
    await client.connect()
    await client.query('begin; lock table placements')
    try {
      await expect(locked.placements(asked(), page)).rejects.toMatchObject({
        code: 'took-too-long',
        message: 'the answer was not found within 0.2 s: ask for less',
      })
    } finally {
      await client.end()
      await locked.close()
    }
  })

  test('a user who may only read is enough', async () => {
    const client = new pg.Client({ connectionString: server.url })
    await client.connect()
    await client.query(
      `create role auditor login password 'auditor'; grant select on all tables in schema public to auditor`,
    )
    await client.end()
    const url = new URL(server.url)
    url.username = 'auditor'
    url.password = 'auditor'
    const reader = createPostgresAuditStore({ url: url.href, role: noRole })
    expect((await reader.clusters({ cluster: ['south'] }, page)).items).toHaveLength(1)
    expect(await reader.whyPod('north', daemonSet.namespace, story.pod)).not.toBe(null)
    await reader.close()
  })

  test('a database that is away is unreachable, and found again', async () => {
    const away = createPostgresAuditStore({ url: 'postgres://rollcall@127.0.0.1:1/rollcall' })
    await expect(away.heads(null)).rejects.toMatchObject({ code: 'unreachable' })
    expect(await away.healthy()).toBe(false)
    await away.close()
    expect(await audit.healthy()).toBe(true)
  })
})

test('a decision with many causes tells the first 20 and how many there are', async () => {
  const cluster = 'many'
  const { commit } = await writeStory(store, cluster)
  const steps = Array.from({ length: 30 }, (_, index) => nodeSeen(cluster, t(6_000 + index), nodeFacts(`m${index}`)))
  const command = createPod(cluster, 44, 'm0')
  const causes = Array.from({ length: 30 }, (_, index) => 15 + index)
  await commit(steps, [slotDecision('m0', { causes, commands: [command.id] })], [command])
  const answer = await audit.whyNode(cluster, 'm0', {})
  expect(answer?.slots[0]?.decision?.causesTotal).toBe(30)
  expect(answer?.slots[0]?.decision?.causes.map(({ position }) => position)).toEqual(causes.slice(0, 20))
})
