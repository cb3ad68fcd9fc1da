import type { Command, Decision, Reason } from '@rollcall/contracts'
import { commandUnderWaySchema, outstandingSchema } from '@rollcall/contracts/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { daemonSetSeen, hash, revisionSeen, slotDecision } from '../testing/audit-story.ts'
import { type AuditWorld, startAuditWorld } from '../testing/audit-world.ts'
import {
  batch,
  createPod,
  daemonSet,
  daemonSetFacts,
  decided,
  endPod,
  nodeFacts,
  nodeSeen,
  podFacts,
  podSeen,
  type Step,
  settled,
  streamCommit,
  t,
} from '../testing/fixtures.ts'
import type { PageKey } from './audit-store.ts'

/** One DaemonSet whose nodes are each otherwise in another way; and commands of which some are done. */
const cluster = 'east'
const of = { cluster, namespace: daemonSet.namespace, name: daemonSet.name }
const page = { after: null, limit: 100 }

let world: AuditWorld

const because = (rule: string, facts: Reason['facts'] = {}): Reason => ({ rule, source: '§3.3', facts })
const pod = (name: string, node: string, revision: string, over: object = {}): Step =>
  podSeen(
    cluster,
    t(50),
    podFacts(name, node, {
      ...{ labels: { 'controller-revision-hash': revision }, nodeName: node, phase: 'Running', ready: true },
      ...over,
    }),
  )
const keep = (node: string): Decision => slotDecision(node, { action: 'keep' })

const [create, remove] = [
  createPod(cluster, 18, 'lacks', t(100)),
  endPod('DeletePod', cluster, 18, podFacts('stray', 'unfit', { nodeName: 'unfit' }), t(101)),
]

beforeAll(async () => {
  world = await startAuditWorld()
  const { owner } = await world.store.takeOwnership(cluster, 'rollcall.events', 0, 'test')
  let position = 0
  const commit = async (steps: readonly Step[], decisions: readonly Decision[] = [], commands: Command[] = []) => {
    const last = position + steps.length
    const decisionPoint = decided(last, commands, { decisions: [...decisions], at: steps.at(-1)?.event.at ?? t(0) })
    await world.store.commitBatch(batch(owner, last, [streamCommit(cluster, position, steps, { decisionPoint })]))
    position = last
  }
  const nodes = ['good', 'lacks', 'ends', 'unfit', 'empty', 'twice', 'old', 'rolls']
  await commit(
    [
      ...nodes.map(name => nodeSeen(cluster, t(10), nodeFacts(name))),
      daemonSetSeen(cluster, t(20), daemonSetFacts()),
      revisionSeen(cluster, t(30)),
      pod('fine', 'good', hash),
      pod('ending', 'ends', hash, { deletedAt: t(50) }),
      pod('stray', 'unfit', hash),
      pod('first', 'twice', hash),
      pod('second', 'twice', hash),
      pod('behind', 'old', 'before'),
      pod('next', 'rolls', hash),
    ],
    [
      ...['good', 'old'].map(keep),
      ...['lacks', 'ends'].map(node => slotDecision(node, {})),
      ...['unfit', 'empty'].map(node =>
        slotDecision(node, {
          verdict: 'shouldNotRun',
          action: node === 'unfit' ? 'delete' : 'none',
          reason: because('node-selector-mismatch'),
        }),
      ),
      slotDecision('twice', { action: 'delete', reason: because('duplicate', { kept: 'first' }) }),
      // Somebody else has replaced its pod since this was decided.
      slotDecision('rolls', { action: 'delete', reason: because('rollout-replace') }),
    ],
  )
  await commit([settled(createPod(cluster, 1, 'good'), t(60))], [], [create, remove])
})
afterAll(() => world?.close())

test('what is outstanding for a DaemonSet: nodes without, pods that are to go, pods of another revision', async () => {
  const slice = await world.audit.outstanding(of, page)
  const items = slice?.items.map(item => outstandingSchema.parse(item)) ?? []
  expect(items.map(({ node, what, pods }) => [node, what, pods.map(({ name }) => name)])).toEqual([
    ['ends', 'missing', []],
    ['lacks', 'missing', []],
    ['old', 'outdated', ['behind']],
    ['twice', 'unwanted', ['second']],
    ['unfit', 'unwanted', ['stray']],
  ])
  expect(items.at(-1)?.decision).toMatchObject({
    verdict: 'shouldNotRun',
    reason: { rule: 'node-selector-mismatch' },
  })
  expect(items[2]?.pods).toEqual([{ name: 'behind', uid: expect.any(String), revision: 'before', ready: true }])
})

test('page by page; of a DaemonSet that is not there nothing', async () => {
  const nodes: string[] = []
  let after: PageKey | null = null
  do {
    const slice: Awaited<ReturnType<typeof world.audit.outstanding>> = await world.audit.outstanding(of, {
      after,
      limit: 2,
    })
    nodes.push(...(slice?.items.map(({ node }) => node) ?? []))
    after = slice?.next ?? null
  } while (after !== null)
  expect(nodes).toEqual(['ends', 'lacks', 'old', 'twice', 'unfit'])
  expect(await world.audit.outstanding({ ...of, name: 'nobody' }, page)).toBe(null)
})

test('commands under way, the oldest first, until their outcomes are on record', async () => {
  const { owner } = await world.store.takeOwnership(cluster, 'rollcall.events', 0, 'later')
  const underWay = async (limit = 100, after: PageKey | null = null) => {
    const { items, next } = await world.audit.commandsUnderWay(cluster, { after, limit })
    return { commands: items.map(item => commandUnderWaySchema.parse(item)), next }
  }
  expect((await underWay()).commands).toMatchObject([
    { type: 'CreatePod', node: 'lacks', daemonSet, publishedAt: null },
    { type: 'DeletePod', node: 'unfit', pod: { name: 'stray' } },
  ])
  const first = await underWay(1)
  expect((await underWay(1, first.next)).commands).toMatchObject([{ id: remove.id }])
  const { items } = await world.audit.clusters({ cluster: [cluster] }, page)
  const before = items[0]?.position ?? 0
  const steps = [settled(create, t(200)), settled(remove, t(201), 'superseded')]
  await world.store.commitBatch(batch(owner, before + 2, [streamCommit(cluster, before, steps)]))
  expect((await underWay()).commands).toEqual([])
})

test('when somebody asked for a mode stands with the cluster, oldest first', async () => {
  const { owner } = await world.store.takeOwnership('west', 'rollcall.events', 0, 'test')
  const asked = (at: number, mode: 'control' | 'observe'): Step => ({
    event: { type: 'ModeRequested', cluster: 'west', at, intent: `i${at}`, askedBy: { user: 'ann', via: 'cli' }, mode },
    effects: [{ kind: 'modeSet', mode }],
  })
  const steps = [asked(t(1), 'control'), nodeSeen('west', t(2), nodeFacts('n1')), asked(t(3), 'observe')]
  await world.store.commitBatch(batch(owner, 3, [streamCommit('west', 0, steps)]))
  const { items } = await world.audit.clusters({ cluster: ['west'] }, page)
  expect(items.map(({ mode, modeRequests }) => ({ mode, modeRequests }))).toEqual([
    {
      mode: 'observe',
      modeRequests: [
        { position: 1, mode: 'control' },
        { position: 3, mode: 'observe' },
      ],
    },
  ])
})
