import type { Command, DaemonSetFacts, Decision, PodFacts } from '@rollcall/contracts'
import {
  churnSchema,
  differenceSchema,
  misplacedSchema,
  missingNodeSchema,
  rolloutSchema,
  slotCoverageSchema,
} from '@rollcall/contracts/api'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { daemonSetSeen, slotDecision } from '../testing/audit-story.ts'
import { type AuditWorld, startAuditWorld } from '../testing/audit-world.ts'
import {
  batch,
  daemonSet,
  daemonSetFacts,
  decided,
  endPod,
  nodeFacts,
  nodeSeen,
  podFacts,
  podGone,
  podSeen,
  type Step,
  streamCommit,
  t,
} from '../testing/fixtures.ts'
import type { AuditStore, DaemonSetOf, MissingAsked, PageKey, PageRequest, SpanSlice } from './audit-store.ts'

/**
 * One DaemonSet on nodes n1 and n2 (not on n3), in seconds:
 * 0 all is seen and decided; 1, 2 the pods of revision `one` are ready; 10 the template changes; 11 the status;
 * 12 n1's pod is to go, 13 it is gone; 14 one of revision `two` is there, 20 ready; 30 n2's pod is to go, 31 it is gone;
 * 32 one of `two` is there, and never ready; 60 n1 is gone with its pod; 100 n2 should run it no more; 110 its pod is gone.
 */
const cluster = 'fleet'
const of: DaemonSetOf = { cluster, namespace: daemonSet.namespace, name: daemonSet.name }
const s = (seconds: number) => t(seconds * 1_000)
const iso = (seconds: number) => new Date(s(seconds)).toISOString()

let world: AuditWorld
let server: AuditWorld['server']
let store: AuditWorld['store']
let audit: AuditWorld['audit']

beforeAll(async () => {
  world = await startAuditWorld()
  ;({ store, audit, server } = world)
  await tell()
})
afterAll(() => world?.close())

async function tell(): Promise<void> {
  const { owner } = await store.takeOwnership(cluster, 'rollcall.events', 0, 'test')
  let position = 0
  const commit = async (
    steps: readonly Step[],
    decisions: readonly Decision[] = [],
    commands: readonly Command[] = [],
  ) => {
    const last = position + steps.length
    const at = steps.at(-1)?.event.at ?? 0
    const point = decided(last, commands, { decisions: [...decisions], at })
    const decisionPoint = decisions.length === 0 ? null : point
    await store.commitBatch(batch(owner, last, [streamCommit(cluster, position, steps, { decisionPoint })]))
    position = last
  }
  const pod = (name: string, node: string, revision: string, created: number, over: Partial<PodFacts> = {}) =>
    podFacts(name, node, {
      createdAt: s(created),
      labels: { 'controller-revision-hash': revision },
      nodeName: node,
      phase: 'Running',
      ...over,
    })
  const ready = (since: number) => ({ ready: true, readySince: s(since) })
  const seen = (at: number, facts: PodFacts) => podSeen(cluster, s(at), facts)
  const replace = async (facts: PodFacts, at: number, node: string) => {
    const command = endPod('DeletePod', cluster, position + 1, facts, s(at))
    const reason = { rule: 'rollout-replace', source: '§4.3', facts: {} }
    const tick: Step = { event: { type: 'Ticked', cluster, at: s(at), due: s(at) }, effects: [] }
    await commit([tick], [slotDecision(node, { action: 'delete', reason, commands: [command.id] })], [command])
  }
  const template = (digest: string, over: Partial<DaemonSetFacts> = {}) =>
    daemonSetFacts({ template: { ...daemonSetFacts().template, digest }, ...over })
  const notHere = { verdict: 'shouldNotRun', action: 'none' } as const

  await commit(
    [
      ...['n1', 'n2', 'n3'].map(name => nodeSeen(cluster, s(0), nodeFacts(name))),
      daemonSetSeen(cluster, s(0), template('d1')),
    ],
    [slotDecision('n1', {}), slotDecision('n2', {}), slotDecision('n3', notHere)],
  )
  const [a, b] = [pod('a', 'n1', 'one', 0), pod('b', 'n2', 'one', 0)]
  await commit([seen(1, { ...a, ...ready(1) }), seen(2, { ...b, ...ready(2) })])
  const status = { ...daemonSetFacts().status, numberReady: 2 }
  await commit([
    daemonSetSeen(cluster, s(10), template('d2', { generation: 2 })),
    daemonSetSeen(cluster, s(11), template('d2', { generation: 2, status })),
  ])
  await replace(a, 12, 'n1')
  await commit([podGone(cluster, s(13), a)], [slotDecision('n1', {})])
  const [a2, b2] = [pod('a2', 'n1', 'two', 14), pod('b2', 'n2', 'two', 32)]
  await commit([seen(14, a2), seen(20, { ...a2, ...ready(20) })])
  await replace(b, 30, 'n2')
  await commit([podGone(cluster, s(31), b)], [slotDecision('n2', {})])
  await commit([seen(32, b2)])
  const gone: Step = {
    event: { type: 'NodeGone', cluster, at: s(60), name: 'n1', uid: 'node-n1', resourceVersion: '400' },
    effects: [{ kind: 'nodeGone', node: nodeFacts('n1'), inferred: false }],
  }
  await commit(
    [podGone(cluster, s(60), a2), gone],
    [
      slotDecision('n1', {
        verdict: 'unknownNode',
        action: 'none',
        reason: { rule: 'node-gone', source: '§3.3', facts: {} },
      }),
    ],
  )
  await commit([nodeSeen(cluster, s(100), nodeFacts('n2', { labels: {} }))], [slotDecision('n2', notHere)])
  await commit([podGone(cluster, s(110), b2)])
}

const page = { after: null, limit: 100 }

describe('nodes without a pod', () => {
  const anywhere = { nodes: null, rules: null }
  const missing = async (at: number | null, isExpectedOnly = true, over: Partial<MissingAsked> = {}) => {
    const asked = { at: at === null ? null : new Date(s(at)), isExpectedOnly, ...anywhere, ...over }
    const slice = await audit.missing(of, asked, page)
    return slice?.items.map(item => {
      const { node, since, decision, lastPlacement } = missingNodeSchema.parse(item)
      return [node, (Date.parse(since) - s(0)) / 1_000, decision?.verdict, lastPlacement?.pod.name]
    })
  }

  test('that should have one, at any time', async () => {
    expect(await missing(0)).toEqual([
      ['n1', 0, 'shouldRun', undefined],
      ['n2', 0, 'shouldRun', undefined],
    ])
    expect(await missing(5)).toEqual([])
    expect(await missing(13)).toEqual([['n1', 13, 'shouldRun', 'a']])
    expect(await missing(31)).toEqual([['n2', 31, 'shouldRun', 'b']])
    expect(await missing(40)).toEqual([])
    expect(await missing(null)).toEqual([])
  })

  test('and those that should not', async () => {
    expect(await missing(5, false)).toEqual([['n3', 0, 'shouldNotRun', undefined]])
    expect(await missing(null, false)).toEqual([
      ['n2', 110, 'shouldNotRun', 'b2'],
      ['n3', 0, 'shouldNotRun', undefined],
    ])
  })

  test('only some nodes, by name, labels and the rule that stood', async () => {
    const nodes = async (over: Partial<MissingAsked>) => (await missing(null, false, over))?.map(([node]) => node)
    const hostname = (name: string) => ({ key: 'kubernetes.io/hostname', operator: 'In', values: [name] })
    expect(await nodes({ nodes: ['n3', 'n9'] })).toEqual(['n3'])
    expect(await nodes({ labels: [hostname('n3')] })).toEqual(['n3'])
    expect(await nodes({ labels: [hostname('n3')], nodes: ['n2'] })).toEqual([])
    const rules = (await audit.missing(of, { at: null, isExpectedOnly: false, ...anywhere }, page))?.items.map(
      ({ decision }) => decision?.reason.rule ?? '',
    )
    expect(await nodes({ rules: ['never-was'] })).toEqual([])
    expect(await nodes({ rules: rules ?? [] })).toEqual(['n2', 'n3'])
  })

  test('of a DaemonSet that was not there yet, or never was', async () => {
    const before = { at: new Date(s(-1)), isExpectedOnly: true, ...anywhere }
    expect(await audit.missing(of, before, page)).toEqual({ items: [], next: null, daemonSetUid: null })
    expect(await audit.missing({ ...of, name: 'nobody' }, before, page)).toBe(null)
  })

  test('page by page', async () => {
    const names: string[] = []
    let after: PageKey | null = null
    do {
      const slice: Awaited<ReturnType<AuditStore['missing']>> = await audit.missing(
        of,
        { at: null, isExpectedOnly: false, ...anywhere },
        { after, limit: 1 },
      )
      names.push(...(slice?.items.map(({ node }) => node) ?? []))
      after = slice?.next ?? null
    } while (after !== null)
    expect(names).toEqual(['n2', 'n3'])
  })
})

describe('who changed the DaemonSet', () => {
  const window = { from: Number.MAX_SAFE_INTEGER, direction: 'older', limit: 100 } as const

  test('what and by whom, without its status', async () => {
    const slice = await audit.changes(of, window)
    expect(slice).toMatchObject({ more: false, scanned: 4 })
    expect(slice?.items.map(({ position, by, changes }) => [position, by?.manager, changes])).toEqual([
      [4, 'kubectl', null],
      [
        7,
        'kubectl',
        [
          { path: 'generation', before: 1, after: 2 },
          { path: 'template.digest', before: 'd1', after: 'd2' },
        ],
      ],
    ])
  })

  test('page by page, both ways', async () => {
    const newest = await audit.changes(of, { ...window, limit: 1 })
    expect(newest).toMatchObject({ items: [{ position: 7 }], more: true, scanned: 7 })
    expect(await audit.changes(of, { ...window, from: 7 })).toMatchObject({ items: [{ position: 4 }], more: false })
    const newer = await audit.changes(of, { from: 4, direction: 'newer', limit: 9 })
    expect(newer).toMatchObject({ items: [{ position: 7 }], more: false, scanned: 8 })
    expect(await audit.changes({ ...of, name: 'nobody' }, window)).toBe(null)
  })
})

describe('time without coverage', () => {
  const asked = { cluster, namespaces: null, daemonSets: ['fluentd'], nodes: null }
  const coverage = async (from: number, to: number, over: object = {}, limit = 100) =>
    await audit.coverage({ ...asked, from: new Date(s(from)), to: new Date(s(to)), ...over }, { after: null, limit })

  test('of each node, with its gaps, and of all', async () => {
    const slice = await coverage(0, 200)
    expect(slice?.items.map(item => slotCoverageSchema.parse(item))).toEqual([
      {
        daemonSet,
        node: 'n1',
        expectedMs: 60_000,
        uncoveredMs: 8_000,
        coverage: 1 - 8 / 60,
        gaps: [
          { from: iso(0), to: iso(1) },
          { from: iso(13), to: iso(20) },
        ],
        gapsTotal: 2,
      },
      {
        daemonSet,
        node: 'n2',
        expectedMs: 100_000,
        uncoveredMs: 71_000,
        coverage: 1 - 71 / 100,
        gaps: [
          { from: iso(0), to: iso(2) },
          { from: iso(31), to: iso(100) },
        ],
        gapsTotal: 2,
      },
    ])
    expect(slice?.total).toEqual({ slots: 2, expectedMs: 160_000, uncoveredMs: 79_000, coverage: 1 - 79 / 160 })
    expect(slice?.recordBegins).toEqual(new Date(s(0)))
  })

  test('of a part of the time, and of some nodes', async () => {
    expect((await coverage(3, 12))?.total).toEqual({ slots: 2, expectedMs: 18_000, uncoveredMs: 0, coverage: 1 })
    expect((await coverage(15, 40, { nodes: ['n1'] }))?.items).toMatchObject([
      { node: 'n1', expectedMs: 25_000, uncoveredMs: 5_000, gaps: [{ from: iso(15), to: iso(20) }] },
    ])
    expect((await coverage(120, 200))?.total).toEqual({ slots: 0, expectedMs: 0, uncoveredMs: 0, coverage: null })
  })

  test('page by page, with the sums of all', async () => {
    const first = await coverage(0, 200, {}, 1)
    expect([first?.items.length, first?.total.slots]).toEqual([1, 2])
    const after = first?.next ?? null
    const times = { from: new Date(s(0)), to: new Date(s(200)) }
    const second = await audit.coverage({ ...asked, ...times }, { after, limit: 1 })
    expect(second).toMatchObject({ items: [{ node: 'n2' }], next: null, total: { slots: 2 } })
  })
})

const ever = { from: null, to: null }

test('rollouts: how long, how far, and which nodes held them up', async () => {
  const slice = await audit.rollouts(of, ever, page)
  expect(slice?.items.map(item => rolloutSchema.parse(item))).toEqual([
    {
      revision: 'two',
      startedAt: iso(12),
      startedPosition: 11,
      finishedAt: null,
      durationMs: null,
      state: 'inProgress',
      nodes: { total: 2, done: 1 },
      pods: { total: 2, failed: 1 },
      slowest: [
        { node: 'n2', tookMs: null },
        { node: 'n1', tookMs: 8_000 },
      ],
    },
    {
      revision: 'one',
      startedAt: iso(1),
      startedPosition: 5,
      finishedAt: iso(2),
      durationMs: 1_000,
      state: 'finished',
      nodes: { total: 2, done: 2 },
      pods: { total: 2, failed: 0 },
      slowest: [
        { node: 'n2', tookMs: 1_000 },
        { node: 'n1', tookMs: 0 },
      ],
    },
  ])
  const newest = await audit.rollouts(of, ever, { after: null, limit: 1 })
  expect(await audit.rollouts(of, ever, { after: newest?.next ?? null, limit: 1 })).toMatchObject({
    items: [{ revision: 'one' }],
    next: null,
  })
  expect(await audit.rollouts({ ...of, name: 'nobody' }, ever, page)).toBe(null)
})

test.each([
  [0, 1, []],
  [0, 2, ['one']],
  [11, 12, ['one']],
  [11, 13, ['two', 'one']],
  [12, 13, ['two']],
  [90, null, ['two']],
])('rollouts of the revisions that were the newest from %s s until before %s s', async (from, to, revisions) => {
  const asked = { from: new Date(s(from)), to: to === null ? null : new Date(s(to)) }
  expect((await audit.rollouts(of, asked, page))?.items.map(({ revision }) => revision)).toEqual(revisions)
})

test('the views say the same in SQL', async () => {
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  const rowsOf = async (text: string) => (await client.query(text)).rows
  expect(
    await rowsOf(`select node, since, verdict, rule from audit_missing where cluster = 'fleet' order by node`),
  ).toEqual([
    { node: 'n2', since: new Date(s(110)), verdict: 'shouldNotRun', rule: 'eligible' },
    { node: 'n3', since: new Date(s(0)), verdict: 'shouldNotRun', rule: 'eligible' },
  ])
  expect(await rowsOf(`select node, verdict from audit_standing where cluster = 'fleet' order by node`)).toEqual([
    { node: 'n1', verdict: 'unknownNode' },
    { node: 'n2', verdict: 'shouldNotRun' },
    { node: 'n3', verdict: 'shouldNotRun' },
  ])
  const at = `'${iso(15)}'`
  const ran = `opened_at <= ${at} and coalesce(closed_at, 'infinity'::timestamptz) > ${at}`
  expect(await rowsOf(`select node, pod, revision from audit_placements where ${ran} order by node`)).toEqual([
    { node: 'n1', pod: 'a2', revision: 'two' },
    { node: 'n2', pod: 'b', revision: 'one' },
  ])
  await client.end()
})

describe('over a span of time', () => {
  const span = (from: number, to: number, nodes: readonly string[] | null = null) => ({
    cluster,
    namespaces: null,
    daemonSets: null,
    nodes,
    from: new Date(s(from)),
    to: new Date(s(to)),
  })
  /** Page by page, one item each. */
  async function all<T>(read: (page: PageRequest) => Promise<SpanSlice<T> | null>): Promise<T[]> {
    const items: T[] = []
    let after: PageKey | null = null
    do {
      const slice: SpanSlice<T> | null = await read({ after, limit: 1 })
      items.push(...(slice?.items ?? []))
      after = slice?.next ?? null
    } while (after !== null)
    return items
  }
  const diff = async (from: number, to: number, nodes: readonly string[] | null = null) => {
    const items = await all(asked => audit.diff(span(from, to, nodes), asked))
    return items.map(item => {
      const told = differenceSchema.parse(item)
      if (told.kind === 'node') return `${told.change} ${told.node}`
      if (told.kind === 'daemonSet') return `${told.change} ${told.daemonSet.name}`
      const pods = (each: typeof told.before) => each.map(({ pod, revision }) => `${pod}/${revision}`).join()
      return `${told.node}: ${pods(told.before)} > ${pods(told.after)}`
    })
  }

  test('what differs between its ends, and nothing of what came and went in between', async () => {
    expect(await diff(-1, 5)).toEqual([
      'added n1',
      'added n2',
      'added n3',
      'added fluentd',
      'n1:  > a/one',
      'n2:  > b/one',
    ])
    expect(await diff(5, 50)).toEqual(['n1: a/one > a2/two', 'n2: b/one > b2/two'])
    expect(await diff(13, 14)).toEqual(['n1:  > a2/two'])
    expect(await diff(5, 200)).toEqual(['removed n1', 'n1: a/one > ', 'n2: b/one > '])
    expect(await diff(5, 200, ['n2'])).toEqual(['n2: b/one > '])
    expect(await diff(33, 34)).toEqual([])
  })

  test('where pods came most often, and why they ended', async () => {
    const items = await all(asked => audit.churn(span(0, 200), asked))
    expect(items.map(item => churnSchema.parse(item))).toMatchObject([
      { node: 'n1', pods: 2, neverReady: 0, causes: { 'rollout-replace': 1, 'deleted by others': 1 } },
      { node: 'n2', pods: 2, neverReady: 1, causes: { 'rollout-replace': 1, 'deleted by others': 1 } },
    ])
    expect((await all(asked => audit.churn(span(20, 200), asked))).map(({ node, pods }) => [node, pods])).toEqual([
      ['n2', 1],
    ])
  })

  test('pods where they should not have been, and for how long', async () => {
    const items = await all(asked => audit.misplaced({ ...span(0, 200), overMs: 0 }, asked))
    expect(items.map(item => misplacedSchema.parse(item))).toMatchObject([
      {
        placement: { pod: { name: 'b2' }, node: 'n2' },
        misplacedMs: 10_000,
        from: iso(100),
        to: iso(110),
        rule: 'eligible',
      },
    ])
    expect(await all(asked => audit.misplaced({ ...span(0, 105), overMs: 0 }, asked))).toMatchObject([
      { misplacedMs: 5_000 },
    ])
    expect(await all(asked => audit.misplaced({ ...span(0, 200), overMs: 10_000 }, asked))).toEqual([])
    expect(await audit.misplaced({ ...span(0, 200), cluster: 'nowhere', overMs: 0 }, page)).toBe(null)
  })
})
