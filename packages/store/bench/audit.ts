import { parseArgs } from 'node:util'
import type { PlacementsQuery } from '@rollcall/contracts/api'
import pg from 'pg'
import { type AuditStore, createPostgresAuditStore, createPostgresStore, historyEnd, migrate } from '../src/index.ts'
import { startTestServer } from '../src/testing/server.ts'
import { createChurn } from './churn.ts'

/**
 * How long questions take on a long record: `node packages/store/bench/audit.ts [--placements 100000] [--asks 200]
 * [--database-url postgres://…/empty-database]`. The record is the churn of one cluster (1,000 nodes, 5 DaemonSets, of each
 * eight events a placement) through the real write path; names and times asked for are spread over all of it.
 */

const { values: flags } = parseArgs({
  options: {
    'database-url': { type: 'string' },
    placements: { type: 'string', default: '100000' },
    asks: { type: 'string', default: '200' },
  },
})
const cluster = 'prod-eu-west-1'
const eventsPerPlacement = 8
/** Pods that live side by side: at the end half of their life is written, so they are there now. */
const inFlight = 4_000
const batchEvents = 2_000

async function write(url: string): Promise<void> {
  const store = createPostgresStore({ url, applicationName: 'audit-bench' })
  const churn = createChurn(cluster, { nodes: 1_000, inFlight })
  const { owner } = await store.takeOwnership('bench', 'rollcall.events', 0, 'bench')
  const events = (Number(flags.placements) + inFlight / 2) * eventsPerPlacement
  const begin = performance.now()
  for (let written = 0; written < events; written += batchEvents) {
    const commit = churn.next(batchEvents)
    await store.commitBatch({ owner, nextOffset: BigInt(written + batchEvents), streams: [commit], deadLetters: [] })
  }
  await store.close()
  console.log(`written ${events} events in ${Math.round((performance.now() - begin) / 1_000)} s`)
}

type Sample = { readonly node: string; readonly pod: string; readonly at: string; readonly until: string }

/** Placements spread over the record, to ask about. */
async function samplesOf(client: pg.Client): Promise<Sample[]> {
  await client.query('vacuum analyze')
  const { rows: figures } = await client.query(`
    select
      (select count(*)::int from placements) as placements,
      (select count(*)::int from placements where closed_at is null) as open,
      (select count(*)::int from ledger) as ledger,
      pg_size_pretty(pg_database_size(current_database())) as size`)
  const [{ placements, open, ledger, size }] = figures
  console.log(`${placements} placements (${open} open), ${ledger} ledger rows, ${size} on disk`)
  const { rows } = await client.query(
    `select node, pod_name, opened_at
     from (select *, row_number() over (order by opened_position) as number from placements) numbered
     where number % greatest(1, $1::int / $2::int) = 0
     limit $2`,
    [placements, Number(flags.asks)],
  )
  return rows.map(({ node, pod_name, opened_at }) => ({
    node,
    pod: pod_name,
    at: opened_at.toISOString(),
    until: new Date(opened_at.getTime() + 60_000).toISOString(),
  }))
}

const namespace = 'kube-system'
const daemonSet = ['fluent-bit']
const fluentBit = { cluster, namespace, name: 'fluent-bit' }
const covered = { cluster, namespaces: null, daemonSets: daemonSet, nodes: null }
const everywhere = { cluster, namespaces: null, daemonSets: null, nodes: null }
const asked = (query: Partial<PlacementsQuery>) => ({ labels: [], ...query })
const page = (limit: number) => ({ after: null, limit })
const newest = { from: historyEnd, direction: 'older', limit: 100 } as const

const questions: Record<string, (audit: AuditStore, sample: Sample) => Promise<unknown>> = {
  'what runs now, first 100': audit => audit.placements(asked({ cluster: [cluster] }), page(100)),
  'what runs now, first 1,000': audit => audit.placements(asked({ cluster: [cluster] }), page(1_000)),
  'what runs on a node now': (audit, { node }) =>
    audit.placements(asked({ cluster: [cluster], node: [node] }), page(100)),
  'what ran on a node at T': (audit, { node, at }) =>
    audit.placements(asked({ cluster: [cluster], node: [node], at }), page(100)),
  'where a DaemonSet ran at T, 1,000 rows': (audit, { at }) =>
    audit.placements(asked({ cluster: [cluster], daemonSet, at }), page(1_000)),
  'all that ran between T and T + 60 s, 1,000 rows': (audit, { at, until }) =>
    audit.placements(asked({ cluster: [cluster], from: at, to: until }), page(1_000)),
  'why a pod': (audit, { pod }) => audit.whyPod(cluster, namespace, pod),
  'why a node': (audit, { node }) => audit.whyNode(cluster, node, {}),
  'story of a node, newest 100': (audit, { node }) => audit.history({ kind: 'node', cluster, node }, newest),
  'story of a pod': (audit, { pod }) => audit.history({ kind: 'pod', cluster, namespace, name: pod }, newest),
  'story of a DaemonSet, newest 100': audit =>
    audit.history({ kind: 'daemonSet', cluster, namespace, name: 'fluent-bit' }, newest),
  'nodes without a DaemonSet at T': (audit, { at }) =>
    audit.missing(fluentBit, { at: new Date(at), isExpectedOnly: true }, page(100)),
  'coverage of a DaemonSet, whole record, 1,000 nodes': (audit, { until }) =>
    audit.coverage({ ...covered, from: new Date(0), to: new Date(until) }, page(1_000)),
  'rollouts of a DaemonSet': audit => audit.rollouts(fluentBit, page(20)),
  'changes of a DaemonSet, newest 20': audit =>
    audit.changes(fluentBit, { from: Number.MAX_SAFE_INTEGER, direction: 'older', limit: 20 }),
  'events, newest 100': audit =>
    audit.events(
      { cluster, types: null, subject: null },
      { from: Number.MAX_SAFE_INTEGER, direction: 'older', limit: 100 },
    ),
  'events of a pod': (audit, { pod: name }) =>
    audit.events(
      { cluster, types: null, subject: { kind: 'Pod', namespace, name } },
      { from: 0, direction: 'newer', limit: 100 },
    ),
  'what differs between T and T + 60 s, 1,000 rows': (audit, { at, until }) =>
    audit.diff({ ...everywhere, from: new Date(at), to: new Date(until) }, page(1_000)),
  'churn in 60 s, 100 slots': (audit, { at, until }) =>
    audit.churn({ ...everywhere, from: new Date(at), to: new Date(until) }, page(100)),
  'misplaced pods of a DaemonSet, whole record': (audit, { until }) =>
    audit.misplaced({ ...covered, from: new Date(0), to: new Date(until), overMs: 0 }, page(100)),
  'decisions from T on, 1,000 rows': (audit, { at }) =>
    audit.decisions({ ...everywhere, rules: null, from: new Date(at), to: null }, page(1_000)),
  'who started a pod': (audit, { pod }) => audit.blamePod(cluster, namespace, pod),
  clusters: audit => audit.clusters({}, page(100)),
}

/** The part of a sorted list below which `share` of its values lie. */
const quantile = (sorted: readonly number[], share: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1)

async function measure(url: string): Promise<void> {
  await migrate(url)
  await write(url)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const audit = createPostgresAuditStore({ url, statementTimeoutMs: 60_000 })
  try {
    const samples = await samplesOf(client)
    for (const [question, ask] of Object.entries(questions)) {
      const tookMs: number[] = []
      for (const sample of samples) {
        const begin = performance.now()
        await ask(audit, sample)
        tookMs.push(performance.now() - begin)
      }
      tookMs.sort((a, b) => a - b)
      console.log(`  ${question}: p50 ${quantile(tookMs, 0.5)} ms, p99 ${quantile(tookMs, 0.99)} ms`)
    }
  } finally {
    await audit.close()
    await client.end()
  }
}

if (flags['database-url']) {
  await measure(flags['database-url'])
} else {
  const server = await startTestServer()
  try {
    await measure(server.url)
  } finally {
    await server.remove()
  }
}
