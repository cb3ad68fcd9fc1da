import { readFile } from 'node:fs/promises'
import type { Command, Decision, EventOf, RevisionFacts } from '@rollcall/contracts'
import { blameAnswerSchema, type Chain, type ChainLink } from '@rollcall/contracts/api'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { subjectKey } from '../ledger/subjects.ts'
import { daemonSetSeen, slotDecision } from '../testing/audit-story.ts'
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
  podGone,
  podSeen,
  type Step,
  settled,
  streamCommit,
  t,
} from '../testing/fixtures.ts'

/**
 * A DaemonSet that was there before the record began, changed by alice; its rollout; and a pod that bob deleted:
 * - 1 node n1, 2 the DaemonSet; decided at 2: a pod, seen at 3.
 * - 4 alice's request, 5 the DaemonSet changed; decided at 5: a revision, seen at 6; decided at 6: the pod is to go, 7, 8 it is gone.
 * - Decided at 8: a pod anew, seen at 9. 10 bob's request, 11 it is gone.
 */
const cluster = 'west'
const hourMs = 3_600_000
const [older, newer] = ['fluentd-old', 'fluentd-new']
let world: AuditWorld
let client: pg.Client

beforeAll(async () => {
  world = await startAuditWorld()
  client = new pg.Client(world.server.url)
  await client.connect()
  await tell()
})
afterAll(async () => {
  await client?.end()
  await world?.close()
})

const asked = (at: number, user: string, over: Partial<EventOf<'ChangeAttributed'>>): Step => ({
  event: {
    type: 'ChangeAttributed',
    cluster,
    at: t(at),
    audit: user,
    object: { kind: 'DaemonSet', namespace: daemonSet.namespace, name: daemonSet.name, uid: daemonSet.uid },
    resourceVersion: null,
    verb: 'patch',
    user: { name: user, groups: ['sre'], impersonatedBy: null },
    userAgent: 'kubectl/v1.37.0',
    sourceIps: ['10.0.0.7'],
    requestedAt: t(at),
    ...over,
  },
  effects: [],
})

const revision: RevisionFacts = {
  namespace: daemonSet.namespace,
  name: 'fluentd-two',
  uid: 'revision-two',
  resourceVersion: '311',
  createdAt: t(11_000),
  deletedAt: null,
  labels: { 'controller-revision-hash': 'two' },
  owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: daemonSet.name, uid: daemonSet.uid },
  revision: 2,
  templateDigest: 'd2',
  template: null,
}

async function tell(): Promise<void> {
  const { owner } = await world.store.takeOwnership(cluster, 'rollcall.events', 0, 'test')
  let position = 0
  const commit = async (steps: readonly Step[], decision?: Decision, commands: readonly Command[] = []) => {
    const last = position + steps.length
    const at = steps.at(-1)?.event.at ?? 0
    const decisionPoint = decision ? decided(last, commands, { decisions: [decision], at }) : null
    await world.store.commitBatch(batch(owner, last, [streamCommit(cluster, position, steps, { decisionPoint })]))
    position = last
  }
  const rule = (name: string) => ({ reason: { rule: name, source: '§4', facts: {} } })
  const existed = { createdAt: t(-hourMs) }
  const [first, second] = [createPod(cluster, 2, 'n1'), createPod(cluster, 8, 'n1')]
  const pod = podFacts(older, 'n1', { commandId: first.id, nodeName: 'n1', createdAt: t(1_000) })
  const next = podFacts(newer, 'n1', { commandId: second.id, nodeName: 'n1', createdAt: t(15_000) })
  const deletion = endPod('DeletePod', cluster, 6, pod)
  await commit(
    [
      nodeSeen(cluster, t(0), nodeFacts('n1', existed)),
      daemonSetSeen(cluster, t(10), daemonSetFacts({ ...existed, resourceVersion: '300' })),
    ],
    slotDecision('n1', { causes: [1, 2], commands: [first.id] }),
    [first],
  )
  await commit([podSeen(cluster, t(2_000), pod)])
  const changed = daemonSetFacts({
    ...existed,
    resourceVersion: '310',
    template: { ...daemonSetFacts().template, digest: 'd2' },
  })
  await commit(
    [asked(9_900, 'alice', { resourceVersion: '310' }), daemonSetSeen(cluster, t(10_000), changed)],
    slotDecision(null, { ...rule('template-has-no-revision'), action: 'none', causes: [5] }),
  )
  await commit(
    [
      {
        event: { type: 'RevisionObserved', cluster, at: t(11_000), revision, by: null },
        effects: [{ kind: 'revisionPut', revision }],
      },
    ],
    slotDecision('n1', { ...rule('rollout-replace'), action: 'delete', causes: [6], commands: [deletion.id] }),
    [deletion],
  )
  await commit(
    [settled(deletion, t(12_000)), podGone(cluster, t(13_000), pod)],
    slotDecision('n1', { causes: [8], commands: [second.id] }),
    [second],
  )
  await commit([podSeen(cluster, t(16_000), next)])
  const object = { kind: 'Pod', namespace: next.namespace, name: next.name, uid: next.uid } as const
  await commit([asked(20_000, 'bob', { verb: 'delete', object }), podGone(cluster, t(21_000), next)])
}

const blame = async (pod: string): Promise<readonly Chain[]> => {
  const answer = await world.audit.blamePod(cluster, daemonSet.namespace, pod)
  return blameAnswerSchema.parse(answer).chains
}

/** A chain in short. */
const links = (chain: Chain | undefined) => chain?.links.map(words)

function words(link: ChainLink): string {
  switch (link.kind) {
    case 'event':
      return `${link.event.type} ${link.event.attributed?.user ?? (link.isOlder ? 'before the record' : 'nobody')}`
    case 'decision':
      return link.decision.reason.rule
    case 'command':
      return link.command.type
    case 'pod':
      return link.placement.pod.name
    case 'archived':
      return `archived in ${link.place}: ${link.positions.join(', ')}`
  }
}

const rowsOf = async (pod: string) => {
  const { rows } = await client.query({
    text: `
      select what, requested_by, verb, change_kind, change_name, change_archived_in, rule, command_type, settled_result
      from audit_chain where cluster = 'west' and pod = $1 order by what`,
    values: [pod],
  })
  return rows
}

test('from the person to the pod: the API link by link, the view in one row', async () => {
  const [closed, opened] = await blame(newer)
  expect(links(closed)).toEqual(['PodGone bob', newer])
  expect(links(opened)).toEqual([
    'DaemonSetObserved alice',
    'template-has-no-revision',
    'rollout-replace',
    'DeletePod',
    older,
    'PodGone nobody',
    'eligible',
    'CreatePod',
    newer,
  ])
  expect(await rowsOf(newer)).toEqual([
    {
      what: 'closed',
      requested_by: 'bob',
      verb: 'delete',
      change_kind: 'Pod',
      change_name: newer,
      change_archived_in: null,
      rule: null,
      command_type: null,
      settled_result: null,
    },
    {
      what: 'opened',
      requested_by: 'alice',
      verb: 'patch',
      change_kind: 'DaemonSet',
      change_name: daemonSet.name,
      change_archived_in: null,
      rule: 'eligible',
      command_type: 'CreatePod',
      settled_result: null,
    },
  ])
})

test('what was there before the record began has nobody who started it', async () => {
  const [closed, opened] = await blame(older)
  expect(links(closed)?.[0]).toBe('DaemonSetObserved alice')
  expect(links(opened)).toEqual(['DaemonSetObserved before the record', 'eligible', 'CreatePod', older])
  expect((await rowsOf(older)).map(({ what, requested_by }) => [what, requested_by])).toEqual([
    ['closed', 'alice'],
    ['opened', null],
  ])
})

test('the key of an object is the same in SQL, so its sights are found by name', async () => {
  for (const subject of [
    { kind: 'Node', namespace: '', name: 'n1' },
    { kind: 'Pod', namespace: 'ns', name: 'ü-x' },
  ] as const) {
    const { kind, namespace, name } = subject
    const { rows } = await client.query('select audit_subject($1, $2, $3) as key', [kind, namespace, name])
    expect(BigInt(rows[0].key)).toBe(subjectKey(subject))
  }
  const { rows } = await client.query(
    `select type, position::int from audit_sights where cluster = 'west' and kind = 'Pod' and name = '${older}' order by position`,
  )
  expect(rows).toEqual([
    { type: 'PodObserved', position: 3 },
    { type: 'PodGone', position: 8 },
  ])
})

test('every query that docs/audit.md shows runs', async () => {
  const text = await readFile(new URL('../../../../docs/audit.md', import.meta.url), 'utf8')
  const queries = [...text.matchAll(/```sql\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.split(/;\s*\n/))
  const asking = queries.filter(query => /^\s*(--.*\n|\s)*(select|with)\b/.test(query))
  expect(asking.length).toBeGreaterThan(3)
  await client.query('set role rollcall_reader')
  for (const query of asking) await expect(client.query(query)).resolves.toBeDefined()
  await client.query('reset role')
})

test('what led there and is archived is named, with its place', async () => {
  await client.query(`
    insert into archives (
      stream, partition, before, first_position, position, seq, head, at, place, archived_at, dropped_at
    )
    select id, 'ledger_old', '2026-01-01', 1, 5, 1, '', now(), 's3://bucket/ledger', now(), now() from streams where cluster = 'west';
    delete from ledger where position <= 5`)
  const [, opened] = await blame(newer)
  expect(links(opened)?.slice(0, 3)).toEqual([
    'archived in s3://bucket/ledger: 5',
    'template-has-no-revision',
    'rollout-replace',
  ])
  const [, first] = await blame(older)
  expect(links(first)).toEqual(['archived in s3://bucket/ledger: 1, 2', 'eligible', 'CreatePod', older])
  expect(first?.links[1]).toMatchObject({ decision: { causes: [], causesTotal: 2, causesArchived: [1, 2] } })
  expect((await rowsOf(older)).map(({ what, change_archived_in: place }) => [what, place])).toEqual([
    ['closed', 's3://bucket/ledger'],
    ['opened', 's3://bucket/ledger'],
  ])
  expect(await world.audit.recordBegins([cluster])).toEqual(new Map([[cluster, new Date(t(0))]]))
})
