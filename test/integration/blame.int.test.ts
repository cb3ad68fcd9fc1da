import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { kinds } from '@rollcall/contracts'
import type { AnswerOf, Chain } from '@rollcall/contracts/api'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Auditor, startAuditor } from './support/auditor.ts'
import { nodesServed } from './support/cluster.ts'
import { as, trustSre } from './support/people.ts'
import { eventually, type Rollcall, startRollcall } from './support/rollcall.ts'

/**
 * From a person to the pod, on real parts: kube-apiserver tells its audit to the watcher, and what `rollcall blame` answers is
 * held against who really called, as which user, with kubectl.
 */

const root = resolve(import.meta.dirname, '../..')
const nodes = ['node-1', 'node-2', 'node-3']
let rollcall: Rollcall
let auditor: Auditor

beforeAll(async () => {
  rollcall = await startRollcall({ clusters: ['east'], nodes: nodes.length, audit: true })
  auditor = await startAuditor(rollcall)
  // What is there before the cluster is wholly known is decided because it became known, not because somebody made it.
  await eventually(async () => expect(await listsCompleted()).toBe(kinds.length))
})
afterAll(async () => {
  auditor?.stop()
  await rollcall?.stop()
})

async function listsCompleted(): Promise<number> {
  const client = new pg.Client(rollcall.databaseUrl)
  await client.connect()
  const { rows } = await client.query(`select count(*)::int as lists from ledger where type = 'RelistCompleted'`)
  await client.end()
  return rows[0].lists
}

const kubectl = (...args: string[]) => rollcall.kubectl('east', ...args)

const placementsOn = async (node: string) =>
  (await auditor.ask<AnswerOf<'placements'>>(`/api/v1/placements?node=${node}&daemonSet=fluentd&presence=all`)).items

const blamed = async (pod: string): Promise<readonly Chain[]> =>
  (await auditor.ask<AnswerOf<'blamePod'>>(`/api/v1/clusters/east/pods/logging/${pod}/blame`)).chains

const kindsOf = ({ links }: Chain) =>
  links.map(link => (link.kind === 'command' ? link.command.type : link.kind === 'event' ? link.event.type : link.kind))

const rootOf = ({ links }: Chain) => (links[0]?.kind === 'event' ? links[0].event.attributed : null)

test('the pod of a rollout leads back to who set the image', async () => {
  await trustSre(rollcall, 'east')
  const [alice, bob] = [await as(rollcall, 'east', 'alice'), await as(rollcall, 'east', 'bob')]
  await alice('apply', '-f', join(root, 'examples/fluentd.yaml'))
  await eventually(async () => expect(await nodesServed(rollcall, 'east', 'logging')).toEqual(nodes))
  await bob('-n', 'logging', 'set', 'image', 'ds/fluentd', '*=fluent/fluentd:v1.19')
  await bob('-n', 'logging', 'rollout', 'status', 'ds/fluentd', '--timeout=90s')

  const placements = await eventually(async () => {
    const found = await placementsOn('node-2')
    expect(found.map(({ closed }) => closed?.cause ?? null)).toEqual(['rollout-replace', null])
    return found
  })
  const [old, present] = placements.map(({ pod }) => pod.name)
  // The API server tells in batches: attribution comes a moment after the change.
  await eventually(async () => {
    const [opened] = await blamed(present ?? '')
    expect(opened && kindsOf(opened)).toEqual([
      'DaemonSetObserved',
      'decision',
      'CreateRevision',
      'decision',
      'DeletePod',
      'pod',
      'PodGone',
      'decision',
      'CreatePod',
      'pod',
    ])
    expect(opened && rootOf(opened)).toMatchObject({
      user: 'bob',
      groups: ['sre'],
      verb: 'patch',
      userAgent: expect.stringMatching(/^kubectl/),
      sourceIps: ['127.0.0.1'],
      match: 'exact',
    })
    const [closed, first] = await blamed(old ?? '')
    expect(closed && rootOf(closed)).toMatchObject({ user: 'bob' })
    expect(first && rootOf(first)).toMatchObject({ user: 'alice', verb: 'create', match: 'exact' })
  })
})

test('a pod that somebody deletes, by a token, and the one that comes after it', async () => {
  const [{ pod } = { pod: { name: '' } }] = (await placementsOn('node-1')).filter(({ closed }) => closed === null)
  await kubectl('-n', 'logging', 'delete', 'pod', pod.name)
  const after = await eventually(async () => {
    const [open] = (await placementsOn('node-1')).filter(one => one.closed === null && one.pod.name !== pod.name)
    expect(open).toBeDefined()
    return open?.pod.name ?? ''
  })
  await eventually(async () => {
    const [opened] = await blamed(after)
    expect(opened && rootOf(opened)).toMatchObject({ user: 'admin', verb: 'delete' })
  })
})

test('why a node has none leads back to who tainted it; as the command says it', async () => {
  const bob = await as(rollcall, 'east', 'bob')
  await bob('taint', 'node', 'node-3', 'gpu=true:NoExecute')
  await eventually(async () => {
    const { chains } = await auditor.ask<AnswerOf<'blameNode'>>(
      '/api/v1/clusters/east/nodes/node-3/blame?daemonSet=fluentd',
    )
    const standing = chains.find(({ what }) => what === 'standing')
    expect(standing && rootOf(standing)).toMatchObject({ user: 'bob', verb: 'patch', match: 'exact' })
  })
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(root, 'packages/cli/bin/rollcall.js'),
    ...['blame', 'node', 'node-3', '--server', auditor.server],
  ])
  expect(stdout).toMatch(/person +bob \(kubectl\S*, from 127\.0\.0\.1\)\n +API call +patch node node-3 /)
})
