import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kinds } from '@rollcall/contracts'
import type { AnswerOf, EventSummary, HistoryEntry, Placement } from '@rollcall/contracts/api'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Auditor, startAuditor } from './support/auditor.ts'
import { as, type Kubectl, trustSre } from './support/people.ts'
import { type Recorder, type Stay, startRecorder } from './support/recorder.ts'
import { eventually, type Rollcall, startRollcall } from './support/rollcall.ts'

/**
 * The story of one node on real parts: it joins, is labelled, sees a rollout, is drained, and removed. The questions of
 * docs/audit.md are asked, and each answer is held against what a client saw with a watch of its own, and who really called.
 *
 * Times: between two chapters nothing happens, and the recorder and the record agree. What happened in a chapter lies between the
 * quiet moment before it and the one after it, by the machine's one clock, and not before the API server's own time of it.
 */

const first = ['node-1', 'node-2']
const nodes = [...first, 'late']
let rollcall: Rollcall
let auditor: Auditor
let recorder: Recorder
let [alice, bob, carol, dave, erin]: Kubectl[] = []
/** The quiet moment behind each chapter. */
const quiet = { begun: 0, joined: 0, labelled: 0, rolledOut: 0, drained: 0, removed: 0 }
type Chapter = keyof typeof quiet

beforeAll(async () => {
  rollcall = await startRollcall({ clusters: ['east'], nodes: first.length, audit: true })
  auditor = await startAuditor(rollcall)
  recorder = startRecorder(rollcall.cluster('east').kubeconfig, 'logging', nodes)
  await trustSre(rollcall, 'east')
  const people = ['alice', 'bob', 'carol', 'dave', 'erin']
  ;[alice, bob, carol, dave, erin] = await Promise.all(people.map(user => as(rollcall, 'east', user)))
  // What is there before the cluster is wholly known is decided because it became known, not because somebody made it.
  await eventually(async () => expect(await listsCompleted()).toBe(kinds.length))
})
afterAll(async () => {
  auditor?.stop()
  await recorder?.stop()
  await rollcall?.stop()
})

async function listsCompleted(): Promise<number> {
  const client = new pg.Client(rollcall.databaseUrl)
  await client.connect()
  const { rows } = await client.query(`select count(*)::int as lists from ledger where type = 'RelistCompleted'`)
  await client.end()
  return rows[0].lists
}

const iso = (ms: number): string => new Date(ms).toISOString()
const cluster = '/api/v1/clusters/east'
const daemonSet = `${cluster}/daemonsets/logging/shipper`
const during = (from: Chapter, to: Chapter): string => `from=${iso(quiet[from])}&to=${iso(quiet[to])}`

const placements = async (query: string): Promise<readonly Placement[]> =>
  (await auditor.ask<AnswerOf<'placements'>>(`/api/v1/placements?namespace=logging&daemonSet=shipper&${query}`)).items
const missingAt = async (chapter: Chapter) =>
  (await auditor.ask<AnswerOf<'missing'>>(`${daemonSet}/missing?nodes=all&at=${iso(quiet[chapter])}`)).items
const nodeStory = async (): Promise<readonly HistoryEntry[]> =>
  (await auditor.ask<AnswerOf<'nodeHistory'>>(`${cluster}/nodes/late/history?start=beginning&limit=1000`)).items
const roots = async (path: string) =>
  (await auditor.ask<AnswerOf<'blamePod'>>(`${cluster}/${path}/blame`)).chains.map(({ what, links }) => {
    const [link] = links
    const by = link?.kind === 'event' ? link.event.attributed : null
    return { what, user: by?.user, verb: by?.verb, match: by?.match }
  })

/** The same of a pod, as the record and as the recorder tell it. */
const recorded = ({ pod, node, revision }: Placement) => ({ ...pod, node, revision })
const seen = ({ name, uid, node, revision }: Stay) => ({ name, uid, node, revision })
const byUid = <T extends { readonly uid: string }>(items: readonly T[]) =>
  items.toSorted((a, b) => (a.uid < b.uid ? -1 : 1))

const seenAt = (ms: number, node?: string) =>
  recorder
    .stays()
    .filter(stay => (node ?? stay.node) === stay.node && stay.seenAt <= ms && (stay.goneAt ?? Infinity) > ms)
const seenOnLate = () => recorder.stays().filter(({ node }) => node === 'late')

/** Waits until the recorder sees ready pods on these nodes and no others, of one revision, and the record says the same. */
async function quietOnce(served: readonly string[], revisionBefore: string | null = null): Promise<number> {
  await eventually(async () => {
    const there = seenAt(Date.now())
    expect(there.map(({ node }) => node).sort()).toEqual(served.toSorted())
    expect(there.every(({ readyAt, revision }) => readyAt !== null && revision !== revisionBefore)).toBe(true)
    const told = await placements('presence=current')
    expect(byUid(told.map(recorded))).toEqual(byUid(there.map(seen)))
    expect(told.every(({ ready }) => ready)).toBe(true)
  }, 180_000)
  return Date.now()
}

function expectBetween(at: string | null | undefined, from: number, to: number): void {
  expect(Date.parse(at ?? '')).toBeGreaterThanOrEqual(from)
  expect(Date.parse(at ?? '')).toBeLessThanOrEqual(to)
}

const revisionOf = (chapter: Chapter): string => {
  const [revision, ...others] = new Set(seenAt(quiet[chapter]).map(({ revision: hash }) => hash))
  expect(others).toEqual([])
  return revision ?? ''
}

test('it joins, is labelled, sees a rollout, is drained, is removed', async () => {
  const file = join(rollcall.dir, 'shipper.json')
  const selected = { matchLabels: { app: 'shipper' } }
  const template = {
    metadata: { labels: selected.matchLabels },
    spec: { nodeSelector: { logs: 'true' }, containers: [{ name: 'shipper', image: 'example.org/shipper:1' }] },
  }
  const metadata = { name: 'shipper', namespace: 'logging' }
  writeFileSync(
    file,
    JSON.stringify({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: { selector: selected, template } }),
  )
  await rollcall.kubectl('east', 'create', 'namespace', 'logging')
  await rollcall.kubectl('east', 'label', 'node', ...first, 'logs=true')
  await alice?.('apply', '-f', file)
  quiet.begun = await quietOnce(first)

  await rollcall.cluster('east').addNodes(['late'])
  await eventually(async () => {
    const { items } = await auditor.ask<AnswerOf<'missing'>>(`${daemonSet}/missing?nodes=all`)
    expect(items.map(({ node, decision }) => [node, decision?.reason.rule])).toEqual([
      ['late', 'node-selector-mismatch'],
    ])
  })
  quiet.joined = await quietOnce(first)

  await bob?.('label', 'node', 'late', 'logs=true')
  quiet.labelled = await quietOnce(nodes)

  await carol?.('-n', 'logging', 'set', 'image', 'ds/shipper', 'shipper=example.org/shipper:2')
  quiet.rolledOut = await quietOnce(nodes, revisionOf('labelled'))

  await dave?.('drain', 'late', '--ignore-daemonsets')
  await eventually(async () => {
    const { items } = await auditor.ask<AnswerOf<'nodes'>>('/api/v1/nodes?name=late')
    expect(items.map(({ unschedulable }) => unschedulable)).toEqual([true])
  })
  quiet.drained = await quietOnce(nodes)

  await erin?.('delete', 'node', 'late')
  // The pod garbage collector waits 40 to 60 s before it removes a pod whose node is gone.
  quiet.removed = await quietOnce(first)
  expect(recorder.twins).toEqual([])
})

test('what ran on the node at each time, and between two times', async () => {
  for (const at of Object.values(quiet)) {
    const told = await placements(`node=late&at=${iso(at)}`)
    expect(told.map(recorded)).toEqual(seenAt(at, 'late').map(seen))
  }
  expect(seenOnLate()).toHaveLength(2)
  const all = await placements(`node=late&${during('joined', 'removed')}`)
  expect(all.map(recorded)).toEqual(seenOnLate().map(seen))
  expect(await placements(`node=late&${during('begun', 'joined')}`)).toEqual([])

  const [[old, present], [oldSeen, presentSeen]] = [all, seenOnLate()]
  for (const [placement, stay, from, to] of [
    [old, oldSeen, quiet.joined, quiet.labelled],
    [present, presentSeen, quiet.labelled, quiet.rolledOut],
  ] as const) {
    expectBetween(placement?.openedAt, Math.max(from, stay?.createdAt ?? Infinity), to)
    expectBetween(placement?.readyAt, Math.max(from, stay?.createdAt ?? Infinity), to)
  }
  expectBetween(old?.closed?.at, quiet.labelled, quiet.rolledOut)
  expectBetween(present?.closed?.at, quiet.drained, quiet.removed)
  expect(all.map(({ closed }) => closed?.cause)).toEqual(['rollout-replace', 'deleted by others'])
})

test('where the DaemonSet ran at each time, in which revision, and where it was missing', async () => {
  for (const at of Object.values(quiet)) {
    const told = await placements(`at=${iso(at)}`)
    expect(byUid(told.map(recorded))).toEqual(byUid(seenAt(at).map(seen)))
  }
  expect(revisionOf('labelled')).not.toBe(revisionOf('rolledOut'))
  for (const chapter of ['begun', 'labelled', 'rolledOut', 'drained', 'removed'] as const)
    expect(await missingAt(chapter)).toEqual([])
  const [late, ...others] = await missingAt('joined')
  expect(others).toEqual([])
  expect(late).toMatchObject({
    node: 'late',
    lastPlacement: null,
    decision: { verdict: 'shouldNotRun', reason: { rule: 'node-selector-mismatch', facts: { label: 'logs' } } },
  })
  expectBetween(late?.since, quiet.begun, quiet.joined)
})

test('the story of the node: each change, when, and by whom', async () => {
  const told = (entry: HistoryEntry): EventSummary | null => (entry.kind === 'event' ? entry.event : null)
  const changes = await eventually(async () => {
    const events = (await nodeStory()).flatMap(entry => told(entry) ?? [])
    const people = events.filter(({ attributed }) => ['bob', 'dave', 'erin'].includes(attributed?.user ?? ''))
    expect(people.map(({ attributed }) => attributed?.user)).toEqual(['bob', 'dave', 'erin'])
    return people
  })
  expect(changes.map(({ type, attributed }) => [type, attributed?.verb, attributed?.match])).toEqual([
    ['NodeObserved', 'patch', 'exact'],
    ['NodeObserved', 'patch', 'exact'],
    ['NodeGone', 'delete', 'exact'],
  ])
  const paths = changes.map(event => event.changes?.map(({ path, after }) => [path, after]) ?? null)
  expect(paths[0]).toContainEqual(['labels.logs', 'true'])
  expect(paths[1]).toContainEqual(['unschedulable', true])
  const chapters = ['joined', 'labelled', 'rolledOut', 'drained', 'removed'] as const
  const [labelled, drained, removed] = changes
  expectBetween(labelled?.at, quiet[chapters[0]], quiet[chapters[1]])
  expectBetween(drained?.at, quiet[chapters[2]], quiet[chapters[3]])
  expectBetween(removed?.at, quiet[chapters[3]], quiet[chapters[4]])

  const ends = (await nodeStory()).flatMap(entry =>
    entry.kind === 'opened' || entry.kind === 'closed' ? [[entry.kind, entry.placement.pod.uid]] : [],
  )
  const [old, present] = seenOnLate()
  // maxSurge is 0: the old pod is gone before the new one comes.
  expect(ends).toEqual([
    ['opened', old?.uid],
    ['closed', old?.uid],
    ['opened', present?.uid],
    ['closed', present?.uid],
  ])
})

test('the stories of the DaemonSet and of each pod', async () => {
  const { items } = await auditor.ask<AnswerOf<'daemonSetHistory'>>(`${daemonSet}/history?start=beginning&limit=1000`)
  const uidsOf = (kind: 'opened' | 'closed') =>
    items.flatMap(entry => (entry.kind === kind ? [entry.placement.pod.uid] : [])).sort()
  const stays = recorder.stays()
  expect(uidsOf('opened')).toEqual(stays.map(({ uid }) => uid).sort())
  expect(uidsOf('closed')).toEqual(stays.flatMap(({ uid, goneAt }) => (goneAt === null ? [] : [uid])).sort())
  for (const { name, uid, goneAt } of stays) {
    const story = await auditor.ask<AnswerOf<'podHistory'>>(`${cluster}/pods/logging/${name}/history?start=beginning`)
    const ends = story.items.flatMap(entry => (entry.kind === 'opened' || entry.kind === 'closed' ? [entry] : []))
    expect(ends.map(({ kind, placement }) => [kind, placement.pod.uid])).toEqual(
      goneAt === null
        ? [['opened', uid]]
        : [
            ['opened', uid],
            ['closed', uid],
          ],
    )
  }
})

test('what is otherwise than before, and how restless it was', async () => {
  const diff = async (from: Chapter, to: Chapter) =>
    (await auditor.ask<AnswerOf<'diff'>>(`${cluster}/diff?node=late&${during(from, to)}`)).items
  const [old, present] = seenOnLate()
  const pod = (stay?: Stay) => (stay ? [{ pod: stay.name, uid: stay.uid, revision: stay.revision }] : [])
  expect(await diff('begun', 'joined')).toMatchObject([{ kind: 'node', node: 'late', change: 'added' }])
  expect(await diff('joined', 'labelled')).toMatchObject([{ kind: 'placement', before: [], after: pod(old) }])
  expect(await diff('labelled', 'rolledOut')).toMatchObject([
    { kind: 'placement', before: pod(old), after: pod(present) },
  ])
  expect(await diff('rolledOut', 'drained')).toEqual([])
  expect(await diff('drained', 'removed')).toMatchObject([
    { kind: 'node', node: 'late', change: 'removed' },
    { kind: 'placement', before: pod(present), after: [] },
  ])
  // Between the node's coming and going nothing of it is left.
  expect(await diff('begun', 'removed')).toEqual([])
  const churn = await auditor.ask<AnswerOf<'churn'>>(`${cluster}/churn?node=late&${during('begun', 'removed')}`)
  expect(churn.items).toMatchObject([
    { node: 'late', pods: 2, neverReady: 0, causes: { 'rollout-replace': 1, 'deleted by others': 1 } },
  ])
})

test('how long it was without a pod: from its label to the first, and while the rollout replaced it', async () => {
  const { items, total } = await auditor.ask<AnswerOf<'coverage'>>(
    `${cluster}/coverage?node=late&${during('begun', 'removed')}`,
  )
  const [slot] = items
  expect(items).toHaveLength(1)
  expect(slot).toMatchObject({ node: 'late', daemonSet: { name: 'shipper' }, gapsTotal: 2 })
  const [joining, replacing] = slot?.gaps ?? []
  const [old, present] = await placements(`node=late&${during('joined', 'removed')}`)
  expectBetween(joining?.from, quiet.joined, Date.parse(old?.openedAt ?? ''))
  expect(joining?.to).toBe(old?.readyAt)
  expectBetween(replacing?.from, quiet.labelled, Date.parse(old?.closed?.at ?? ''))
  expect(replacing?.to).toBe(present?.readyAt)
  const lengthMs = (gap?: { from: string; to: string }) => Date.parse(gap?.to ?? '') - Date.parse(gap?.from ?? '')
  expect(slot?.uncoveredMs).toBe(lengthMs(joining) + lengthMs(replacing))
  // It was to run from the label on until the node was gone.
  const least = quiet.drained - quiet.labelled
  expect(slot?.expectedMs).toBeGreaterThanOrEqual(least)
  expect(slot?.expectedMs).toBeLessThanOrEqual(quiet.removed - quiet.joined)
  expect(total).toMatchObject({ slots: 1, uncoveredMs: slot?.uncoveredMs })
})

test('the rollouts: when, over how many nodes', async () => {
  const { items } = await auditor.ask<AnswerOf<'rollouts'>>(`${daemonSet}/rollouts`)
  expect(items).toMatchObject([
    {
      revision: revisionOf('rolledOut'),
      state: 'finished',
      nodes: { total: 3, done: 3 },
      pods: { total: 3, failed: 0 },
    },
    {
      revision: revisionOf('labelled'),
      state: 'finished',
      nodes: { total: 2, done: 2 },
      pods: { total: 3, failed: 0 },
    },
  ])
  expectBetween(items[0]?.startedAt, quiet.labelled, quiet.rolledOut)
  expectBetween(items[0]?.finishedAt, Date.parse(items[0]?.startedAt ?? ''), quiet.rolledOut)
  expectBetween(items[1]?.finishedAt, Date.parse(items[1]?.startedAt ?? ''), quiet.begun)
  expect(new Set(items[0]?.slowest.map(({ node }) => node))).toEqual(new Set(nodes))
})

test('who: of the DaemonSet, and of each end of each pod on the node', async () => {
  await eventually(async () => {
    const { items } = await auditor.ask<AnswerOf<'changes'>>(`${daemonSet}/changes`)
    const people = items.flatMap(({ attributed }) => (attributed ? [[attributed.user, attributed.match]] : []))
    expect(people).toEqual([
      ['alice', 'exact'],
      ['carol', 'exact'],
    ])
  })
  const [old, present] = seenOnLate()
  await eventually(async () =>
    expect(await roots(`pods/logging/${old?.name}`)).toEqual([
      { what: 'closed', user: 'carol', verb: 'patch', match: 'exact' },
      { what: 'opened', user: 'bob', verb: 'patch', match: 'exact' },
    ]),
  )
  await eventually(async () =>
    expect(await roots(`pods/logging/${present?.name}`)).toEqual([
      {
        what: 'closed',
        // Its pod garbage collector: here all its controllers act as itself (--use-service-account-credentials=false).
        user: 'system:kube-controller-manager',
        verb: 'delete',
        match: 'exact',
      },
      { what: 'opened', user: 'carol', verb: 'patch', match: 'exact' },
    ]),
  )
})

test('no pod was where it should not have been: of a node that is gone nothing says so', async () => {
  const { items } = await auditor.ask<AnswerOf<'misplaced'>>(`${cluster}/misplaced?${during('begun', 'removed')}`)
  expect(items).toEqual([])
})
