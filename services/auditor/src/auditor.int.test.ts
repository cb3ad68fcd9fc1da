import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Command, Event } from '@rollcall/contracts'
import { type AnswerOf, pathFor, problemSchema, type RouteName, routes } from '@rollcall/contracts/api'
import { type Postgres, startPostgres } from '@rollcall/infra'
import { silentLogger, systemClock, systemTimers } from '@rollcall/service'
import {
  type AuditStore,
  createPostgresAuditStore,
  createPostgresStore,
  migrate,
  type PostgresStore,
} from '@rollcall/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Auditor, startAuditor } from './auditor.ts'
import { silentMetrics } from './ports.ts'
import { createClusterEvents } from './testing/cluster-events.ts'
import { createRecorder } from './testing/recorder.ts'

/** Over HTTP, on a real Postgres, with what the real core decided. */

let dir: string
let postgres: Postgres
let store: PostgresStore
let audit: AuditStore
let auditor: Auditor
let commands: readonly Command[]
const cluster = createClusterEvents('north')

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rollcall-auditor-'))
  postgres = await startPostgres({ dir, via: 'native' })
  await migrate(postgres.url)
  store = createPostgresStore({ url: postgres.url })
  audit = createPostgresAuditStore({ url: postgres.url })
  auditor = await startAuditor(
    {
      store: audit,
      log: null,
      users: null,
      clock: systemClock,
      timers: systemTimers,
      logger: silentLogger,
      metrics: silentMetrics,
    },
    { port: 0, followPollMs: 50 },
  )
  const recorder = await createRecorder(store, 'north')
  commands = await recorder.record(
    ...cluster.introduced(
      cluster.node('n1', { labels: { disk: 'ssd' } }),
      cluster.node('n2'),
      cluster.node('n3', { labels: { disk: 'ssd' }, taints: [{ key: 'gpu', value: '', effect: 'NoSchedule' }] }),
      cluster.daemonSet('fluentd', { disk: 'ssd' }),
      cluster.revision('fluentd'),
    ),
  )
  await recorder.record(...settledAndSeen(creation()))
})
afterAll(async () => {
  await auditor?.stop()
  await audit?.close()
  await store?.close()
  await postgres?.stop()
  await rm(dir, { recursive: true, force: true })
})

function creation(): Command & { type: 'CreatePod' } {
  const found = commands.find(({ type }) => type === 'CreatePod')
  if (found?.type !== 'CreatePod') throw new Error(`no pod was created: ${commands.map(({ type }) => type)}`)
  return found
}

/** The API server did it, and the watcher sees the pod. */
function settledAndSeen(command: Command & { type: 'CreatePod' }): Event[] {
  const { id: commandId, slot, podName, node, daemonSet } = command
  const resourceVersion = cluster.next()
  const uid = `pod-of-${node}`
  return [
    {
      type: 'CommandSettled',
      ...cluster.envelope(),
      commandId,
      commandType: 'CreatePod',
      slot,
      result: 'done',
      object: { name: podName, uid, resourceVersion },
      answer: null,
      attempts: 1,
    },
    {
      type: 'PodObserved',
      ...cluster.envelope(),
      pod: {
        namespace: daemonSet.namespace,
        name: podName,
        uid,
        resourceVersion: cluster.next(),
        createdAt: command.issuedAt,
        deletedAt: null,
        labels: { app: 'fluentd', 'controller-revision-hash': command.revision.hash },
        owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: daemonSet.name, uid: daemonSet.uid },
        commandId,
        nodeName: node,
        target: node,
        phase: 'Running',
        ready: true,
        readySince: command.issuedAt,
        reason: null,
        restarts: 0,
        trouble: null,
      },
      by: { manager: 'kubelet', operation: 'Update', at: null },
    },
  ]
}

/** Asks, and checks the answer against the schema of its route. */
async function ask<N extends RouteName>(
  name: N,
  params: Record<string, string> = {},
  query: Record<string, unknown> = {},
): Promise<AnswerOf<N>> {
  const response = await fetch(`${auditor.url}${pathFor(name, params, query)}`)
  const body = await response.json()
  expect(response.status, JSON.stringify(body)).toBe(200)
  return routes[name].answer.parse(body) as AnswerOf<N>
}

describe('over HTTP', () => {
  test('lists', async () => {
    expect((await ask('clusters')).items).toMatchObject([
      { name: 'north', version: 'v1.37.0', mode: 'control', nodes: { total: 3 }, daemonSets: 1, pods: { total: 1 } },
    ])
    const ssd = await ask('nodes', {}, { labelSelector: 'disk in (ssd, nvme)', limit: 1 })
    expect(ssd.items).toMatchObject([{ name: 'n1', pods: { total: 1, ready: 1 } }])
    const more = await ask('nodes', {}, { labelSelector: 'disk in (ssd, nvme)', cursor: ssd.next })
    expect(more).toMatchObject({ items: [{ name: 'n3' }], next: null })
    expect((await ask('daemonSets')).items).toMatchObject([
      {
        name: 'fluentd',
        nodeSelector: { disk: 'ssd' },
        revision: { number: 1, hash: cluster.hash },
        pods: { total: 1, ready: 1, updated: 1 },
      },
    ])
    expect((await ask('placements', {}, { node: 'n1' })).items).toMatchObject([
      { pod: { name: creation().podName }, openedBy: creation().id, ready: true, closed: null },
    ])
  })

  test('why there is a pod: rule, causes, command and outcome', async () => {
    const params = { cluster: 'north', namespace: 'kube-system', name: creation().podName }
    const { stories } = await ask('whyPod', params)
    expect(stories).toMatchObject([
      {
        node: 'n1',
        created: {
          command: { type: 'CreatePod', settled: { result: 'done' } },
          decision: { verdict: 'shouldRun', action: 'create', reason: { rule: 'eligible' } },
        },
        ended: null,
        standing: { action: 'create' },
      },
    ])
    expect(stories[0]?.created?.decision?.causes.length).toBeGreaterThan(0)
  })

  test.each([
    ['n2', 'shouldNotRun', 'node-selector-mismatch', { label: 'disk', wanted: 'ssd', found: null }],
    ['n3', 'mayContinue', 'taint-not-tolerated', { taint: { key: 'gpu', value: '', effect: 'NoSchedule' } }],
  ])('why there is no pod on %s', async (node, verdict, rule, facts) => {
    const { slots } = await ask('whyNode', { cluster: 'north', node })
    expect(slots).toMatchObject([
      {
        daemonSet: { name: 'fluentd' },
        noDecision: false,
        decision: { verdict, action: 'none', reason: { rule, facts } },
      },
    ])
  })

  test('whole stories', async () => {
    const kindsOf = (told: AnswerOf<'nodeHistory'>) => told.items.map(({ kind }) => kind)
    const node = await ask('nodeHistory', { cluster: 'north', node: 'n1' })
    expect(kindsOf(node)).toEqual(['event', 'decision', 'outcome', 'opened'])
    expect(node).toMatchObject({ older: null, atEnd: true })
    const name = creation().podName
    const pod = await ask('podHistory', { cluster: 'north', namespace: 'kube-system', name })
    expect(kindsOf(pod)).toEqual(['decision', 'outcome', 'opened', 'event'])
    const params = { cluster: 'north', namespace: 'kube-system', name: 'fluentd' }
    const first = await ask('daemonSetHistory', params, { start: 'beginning', limit: 2 })
    expect(first.items).toMatchObject([
      { kind: 'event', event: { type: 'DaemonSetObserved' } },
      { kind: 'event', event: { type: 'RevisionObserved' } },
    ])
    const rest = await ask('daemonSetHistory', params, { cursor: first.newer })
    expect(rest.items.filter(({ kind }) => kind === 'decision').length).toBeGreaterThanOrEqual(3)
  })

  test('who changed a DaemonSet, which nodes lack it, how its rollout went, how well it covered', async () => {
    const params = { cluster: 'north', namespace: 'kube-system', name: 'fluentd' }
    expect((await ask('changes', params)).items).toMatchObject([
      { type: 'DaemonSetObserved', by: { manager: 'kubectl', operation: 'Apply' } },
    ])
    expect((await ask('missing', params)).items).toEqual([])
    const all = await ask('missing', params, { nodes: 'all' })
    expect(all.items.map(({ node, decision }) => [node, decision?.reason.rule])).toEqual([
      ['n2', 'node-selector-mismatch'],
      ['n3', 'taint-not-tolerated'],
    ])
    expect((await ask('rollouts', params)).items).toMatchObject([
      { revision: cluster.hash, state: 'finished', nodes: { total: 1, done: 1 }, pods: { total: 1, failed: 0 } },
    ])
    const query = { daemonSet: 'fluentd', from: '2026-01-01T00:00:00Z' }
    const covered = await ask('coverage', { cluster: 'north' }, query)
    expect(covered.items.map(({ node }) => node)).toEqual(['n1'])
    expect(covered.total.coverage).toBeGreaterThan(0.99)
  })

  test('events, and following them', async () => {
    const { items } = await ask('events', {}, { kind: 'Node', name: 'n1' })
    expect(items).toMatchObject([{ type: 'NodeObserved', by: { manager: 'kubectl' }, event: { node: { name: 'n1' } } }])
    const response = await fetch(`${auditor.url}/api/v1/events/stream?from=north:0&type=NodeObserved`)
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while ((text.match(/^data:/gm) ?? []).length < 3) {
      const part = await reader?.read()
      if (!part || part.done) throw new Error(`the stream ended: ${text}`)
      text += part.value
    }
    await reader?.cancel()
    const names = [...text.matchAll(/^data: (.*)$/gm)].map(match =>
      routes.follow.answer.parse(JSON.parse(match[1] ?? '')),
    )
    expect(names.map(({ subject }) => subject?.name)).toEqual(['n1', 'n2', 'n3'])
  })

  test('unknown names get those that look like them', async () => {
    const problem = async (path: string) => {
      const response = await fetch(`${auditor.url}${path}`)
      return problemSchema.parse(await response.json())
    }
    expect(await problem('/api/v1/clusters/nort/nodes/n1/why')).toMatchObject({
      code: 'unknown-cluster',
      didYouMean: ['north'],
    })
    expect(await problem('/api/v1/clusters/north/nodes/n9/why')).toMatchObject({
      code: 'unknown-node',
      didYouMean: ['n1', 'n2', 'n3'],
    })
    expect(await problem('/api/v1/clusters/north/daemonsets/kube-system/fluentb/history')).toMatchObject({
      code: 'unknown-daemonset',
      didYouMean: ['fluentd'],
    })
  })
})

test('the process: it answers, says when its database is away, and stops as asked', async () => {
  const main = join(import.meta.dirname, 'main.ts')
  const args = ['--postgres-url', postgres.url, '--port', '0', '--token', 'secret']
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  try {
    const found: { api?: string; health?: string } = {}
    for await (const line of createInterface({ input: child.stdout })) {
      Object.assign(found, JSON.parse(line))
      if (line.includes('auditor runs')) break
    }
    const clusters = (token: string) =>
      fetch(`${found.api}/api/v1/clusters`, { headers: { authorization: `Bearer ${token}` } })
    expect((await clusters('wrong')).status).toBe(401)
    expect((await clusters('secret')).status).toBe(200)
    expect((await fetch(`${found.health}/healthz`)).status).toBe(200)
    expect((await fetch(`${found.health}/readyz`)).status).toBe(200)
    const metrics = await (await fetch(`${found.health}/metrics`)).text()
    expect(metrics).toMatch(/rollcall_auditor_answer_seconds_count\{[^}]*route="clusters"[^}]*status="200"[^}]*\} 1/)

    await postgres.stop()
    const away = await clusters('secret')
    expect([away.status, problemSchema.parse(await away.json()).code]).toEqual([503, 'store-away'])
    expect((await fetch(`${found.health}/readyz`)).status).toBe(503)
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
  } finally {
    child.kill('SIGKILL')
  }
})
