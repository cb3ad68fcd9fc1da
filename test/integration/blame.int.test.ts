import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { kinds } from '@rollcall/contracts'
import type { AnswerOf, Chain } from '@rollcall/contracts/api'
import { freePort } from '@rollcall/infra'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodesServed } from './support/cluster.ts'
import { eventually, type Rollcall, startRollcall } from './support/rollcall.ts'

/**
 * From a person to the pod, on real parts: kube-apiserver tells its audit to the watcher, and what `rollcall blame` answers is
 * held against who really called, as which user, with kubectl.
 */

const root = resolve(import.meta.dirname, '../..')
const nodes = ['node-1', 'node-2', 'node-3']
const dir = mkdtempSync(join(tmpdir(), 'blame-'))
let rollcall: Rollcall
let auditor: ChildProcess
let server = ''

beforeAll(async () => {
  rollcall = await startRollcall({ clusters: ['east'], nodes: nodes.length, audit: true })
  const port = await freePort()
  server = `http://127.0.0.1:${port}`
  const words = ['services/auditor/src/main.ts', '--postgres-url', rollcall.databaseUrl, '--port', String(port)]
  auditor = spawn(process.execPath, [...words, '--kafka-brokers', rollcall.kafka.brokers.join(',')], {
    cwd: root,
    stdio: 'ignore',
  })
  await eventually(async () => expect((await fetch(`${server}/api/v1/clusters`)).status).toBe(200))
  // What is there before the cluster is wholly known is decided because it became known, not because somebody made it.
  await eventually(async () => expect(await listsCompleted()).toBe(kinds.length))
})
afterAll(async () => {
  auditor?.kill('SIGKILL')
  await rollcall?.stop()
  rmSync(dir, { recursive: true, force: true })
})

async function listsCompleted(): Promise<number> {
  const client = new pg.Client(rollcall.databaseUrl)
  await client.connect()
  const { rows } = await client.query(`select count(*)::int as lists from ledger where type = 'RelistCompleted'`)
  await client.end()
  return rows[0].lists
}

async function ask<T>(path: string): Promise<T> {
  const response = await fetch(server + path)
  if (response.status !== 200) throw new Error(await response.text())
  return (await response.json()) as T
}

const kubectl = (...args: string[]) => rollcall.kubectl('east', ...args)

/** Somebody with a certificate of their own, and the right to edit what is in namespaces and to label nodes. */
async function as(user: string): Promise<(...args: string[]) => Promise<string>> {
  const kubeconfig = await rollcall.cluster('east').kubeconfigFor(user, ['sre'])
  return (...args) => kubectl(`--kubeconfig=${kubeconfig}`, ...args)
}

const placementsOn = async (node: string) =>
  (await ask<AnswerOf<'placements'>>(`/api/v1/placements?node=${node}&daemonSet=fluentd&presence=all`)).items

const blamed = async (pod: string): Promise<readonly Chain[]> =>
  (await ask<AnswerOf<'blamePod'>>(`/api/v1/clusters/east/pods/logging/${pod}/blame`)).chains

const kindsOf = ({ links }: Chain) =>
  links.map(link => (link.kind === 'command' ? link.command.type : link.kind === 'event' ? link.event.type : link.kind))

const rootOf = ({ links }: Chain) => (links[0]?.kind === 'event' ? links[0].event.attributed : null)

test('the pod of a rollout leads back to who set the image', async () => {
  writeFileSync(
    join(dir, 'sre.yaml'),
    JSON.stringify({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'sre' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'sre' }],
    }),
  )
  await kubectl('apply', '-f', join(dir, 'sre.yaml'))
  const [alice, bob] = [await as('alice'), await as('bob')]
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
  const bob = await as('bob')
  await bob('taint', 'node', 'node-3', 'gpu=true:NoExecute')
  await eventually(async () => {
    const { chains } = await ask<AnswerOf<'blameNode'>>('/api/v1/clusters/east/nodes/node-3/blame?daemonSet=fluentd')
    const standing = chains.find(({ what }) => what === 'standing')
    expect(standing && rootOf(standing)).toMatchObject({ user: 'bob', verb: 'patch', match: 'exact' })
  })
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(root, 'packages/cli/bin/rollcall.js'),
    ...['blame', 'node', 'node-3', '--server', server],
  ])
  expect(stdout).toMatch(/person +bob \(kubectl\S*, from 127\.0\.0\.1\)\n +API call +patch node node-3 /)
})
