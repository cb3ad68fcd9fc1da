import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgres } from '@rollcall/infra'
import {
  checkpointSigner,
  createPostgresAuditStore,
  createPostgresStore,
  migrate,
  newCheckpointKey,
  type PostgresStore,
} from '@rollcall/store'
import pg from 'pg'
import { createChurn } from '../../packages/store/bench/churn.ts'
import { cluster, questions, samplesOf } from '../../packages/store/bench/questions.ts'
import { isMet, type Measure, tableOf } from './aims.ts'
import { copyRecord } from './copies.ts'
import { measureReplay } from './replayed.ts'
import { measureSustained } from './sustained.ts'

/**
 * What the ledger costs and gives, in three parts (`--parts`, all by default):
 * - `ask`: pods of 5 DaemonSets on 1,000 nodes come and go (rollouts, failures, nodes that join, change, go down and leave) through
 *   the real write path into a Postgres of its own that waits for the disk, spread over 40 days of the stream's time, so that it
 *   lies in several partitions. With `--rows` and `--placements` it is copied as other clusters (`copies.ts`). Then it is asked.
 * - `replay`: a record decided by the core itself is folded, replayed and looked at as of some time.
 * - `sustain`: from Kafka to the committed ledger and projections (`sustained.ts`), in servers of their own.
 * Tells how far it is on stderr; the table on stdout.
 */
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    events: { type: 'string', default: '1000000' },
    'replay-events': { type: 'string', default: '300000' },
    nodes: { type: 'string', default: '1000' },
    daemonsets: { type: 'string', default: '5' },
    'snapshot-every': { type: 'string', default: '10000' },
    batch: { type: 'string', default: '500' },
    asks: { type: 'string', default: '100' },
    rows: { type: 'string', default: '0' },
    placements: { type: 'string', default: '0' },
    rate: { type: 'string', default: '11000' },
    seconds: { type: 'string', default: '20' },
    parts: { type: 'string', default: 'ask,replay,sustain' },
    json: { type: 'string' },
  },
})
const events = Number(values.events)
const batchEvents = Number(values.batch)
const say = (line: string) => console.error(`  ${line}`)
const spreadMs = 40 * 86_400_000

const known = ['ask', 'replay', 'sustain']
const parts = values.parts.split(',')
const unknown = parts.filter(part => !known.includes(part))
if (unknown.length > 0) throw new Error(`--parts ${unknown}: there is ${known.join(', ')}`)
/** Larger than Postgres' own, as for a record of this size. */
const settings = {
  shared_buffers: '2GB',
  max_wal_size: '4GB',
  checkpoint_timeout: '30min',
  wal_level: 'minimal',
  max_wal_senders: 0,
}

const dir = mkdtempSync(join(tmpdir(), 'rollcall-bench-'))
const postgres = await startPostgres({ dir, via: 'native', settings })
const url = await postgres.createDatabase('rollcall_bench')
const connect = async () => {
  const made = new pg.Client({ connectionString: url })
  await made.connect()
  return made
}
const client = await connect()
const measures: Measure[] = []
let asked: Awaited<ReturnType<typeof measureAsking>> | null = null
try {
  await migrate(url)
  const store = createPostgresStore({ url, applicationName: 'bench' })
  if (parts.includes('replay')) {
    const replayed = await measureReplay(store, {
      events: Number(values['replay-events']),
      nodes: Number(values.nodes),
      daemonSets: Number(values.daemonsets),
      batch: batchEvents,
      snapshotEvery: Number(values['snapshot-every']),
      asks: 20,
      say,
    })
    measures.push(...replayed)
    await client.query('truncate ledger, decisions, commands, placements, snapshots')
  }
  if (parts.includes('ask')) {
    asked = await measureAsking(store)
    measures.push(...asked.measures)
  }
  await store.close()
} finally {
  await client.end()
  await postgres.stop()
  rmSync(dir, { recursive: true, force: true })
}
if (parts.includes('sustain')) {
  const options = {
    eventsPerSecond: Number(values.rate),
    seconds: Number(values.seconds),
    clusters: 10,
    nodes: 100,
    daemonSets: 5,
  }
  measures.push(...(await measureSustained({ ...options, settings: { shared_buffers: '1GB' }, say })))
}
console.log(tableOf(measures))
const table = measures.map(one => ({ ...one, met: isMet(one) }))
if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...values, ...asked?.figures, table }, null, 2)}\n`)

async function measureAsking(store: PostgresStore) {
  const committed = await commitAll(store)
  await store.signCheckpoint(cluster, checkpointSigner(newCheckpointKey()), Date.now())
  await client.query('vacuum analyze')
  const tables = await sizes()
  const verified = await verify(store)
  const wanted = { cluster, ledgerRows: Number(values.rows), placements: Number(values.placements) }
  const clusters = await copyRecord(connect, { ...wanted, dir, say })
  const answered = await ask(clusters)
  return {
    figures: { committed, tables, verified, answered },
    measures: [
      { measure: 'a ledger row on disk', aim: { atMost: 500 }, found: tables.ledger?.bytesPerRow ?? 0, unit: 'bytes' },
      { measure: 'committed, one writer', aim: null, found: committed.eventsPerSecond, unit: 'events/s' },
      { measure: 'verified', aim: null, found: verified.rowsPerSecond, unit: 'rows/s' },
      ...Object.entries(answered).map(([question, { p99Ms }]) => ({
        measure: `p99: ${question}`,
        aim: aimOf(question),
        found: p99Ms,
        unit: 'ms',
      })),
    ] satisfies Measure[],
  }
}

/** Point questions, and those whose answer has 1,000 rows. An overview of a fleet counts all that runs in it: nothing is promised. */
function aimOf(question: string): Measure['aim'] {
  if (question.startsWith('all clusters')) return null
  return { atMost: question.includes('1,000') ? 100 : 10 }
}

async function commitAll(store: PostgresStore) {
  const churn = createChurn(cluster, { inFlight: 4_000, startAt: Date.now(), stepMs: Math.floor(spreadMs / events) })
  const { owner } = await store.takeOwnership('bench', 'rollcall.events', 0, 'bench')
  const latenciesMs: number[] = []
  for (let written = 0; written < events; written += batchEvents) {
    const commit = churn.next(batchEvents)
    const begin = performance.now()
    await store.commitBatch({ owner, nextOffset: BigInt(written + batchEvents), streams: [commit], deadLetters: [] })
    latenciesMs.push(performance.now() - begin)
  }
  const seconds = latenciesMs.reduce((sum, ms) => sum + ms, 0) / 1_000
  const { rows } = await client.query('select count(*)::int as rows from ledger')
  const result = {
    rows: rows[0].rows as number,
    eventsPerSecond: Math.round(events / seconds),
    rowsPerSecond: Math.round(rows[0].rows / seconds),
    commitsPerSecond: Math.round(latenciesMs.length / seconds),
    ...quantiles(latenciesMs),
  }
  console.log(
    `${result.rows} ledger rows of ${events} events, committed ${batchEvents} at a time: ${result.eventsPerSecond} events/s, ` +
      `${result.commitsPerSecond} commits/s, ${shown(result)} a commit`,
  )
  return result
}

/** Bytes on disk, indexes and all partitions included. */
async function sizes() {
  const names = ['ledger', 'decisions', 'commands', 'placements']
  const measured: Record<string, { rows: number; bytesPerRow: number; ofThemInIndexes: number }> = {}
  for (const name of names) {
    const { rows } = await client.query(`
      select
        (select count(*) from ${name})::int as rows,
        (select sum(pg_total_relation_size(oid)) from pg_class where ${ofTable(name)})::int8 as bytes,
        (select sum(pg_indexes_size(oid)) from pg_class where ${ofTable(name)})::int8 as index_bytes`)
    const [{ rows: count, bytes, index_bytes }] = rows
    const each = (total: string) => Math.round(Number(total) / Math.max(1, count))
    measured[name] = { rows: count, bytesPerRow: each(bytes), ofThemInIndexes: each(index_bytes) }
    console.log(`${name}: ${count} rows, ${each(bytes)} bytes a row on disk, ${each(index_bytes)} of them in indexes`)
  }
  const { rows: partitions } = await client.query(
    `select tableoid::regclass::text as name, count(*)::int as rows from ledger group by 1 order by 1`,
  )
  console.log(`partitions: ${partitions.map(({ name, rows }) => `${name} ${rows}`).join(', ')}`)
  return measured
}

function ofTable(name: string): string {
  return `oid = '${name}'::regclass or oid in (select inhrelid from pg_inherits where inhparent = '${name}'::regclass)`
}

async function verify(store: PostgresStore) {
  const begin = performance.now()
  const report = await store.verifyChain(cluster)
  if (!report.ok) throw new Error(`the chain does not verify: ${report.problem}`)
  const rowsPerSecond = Math.round((report.rows / (performance.now() - begin)) * 1_000)
  console.log(`verified ${report.rows} rows and ${report.checkpoints.count} checkpoint: ${rowsPerSecond} rows/s`)
  return { rows: report.rows, rowsPerSecond }
}

async function ask(clusters: readonly string[]) {
  const audit = createPostgresAuditStore({ url, statementTimeoutMs: 60_000 })
  const measured: Record<string, { p50Ms: number; p99Ms: number }> = {}
  try {
    const samples = await samplesOf(client, Number(values.asks), clusters)
    for (const [question, put] of Object.entries(questions)) {
      const tookMs: number[] = []
      for (const sample of samples) {
        const begin = performance.now()
        await put(audit, sample)
        tookMs.push(performance.now() - begin)
      }
      const figures = quantiles(tookMs)
      measured[question] = figures
      console.log(`  ${question}: ${shown(figures)}`)
    }
  } finally {
    await audit.close()
  }
  return measured
}

function quantiles(msOfEach: readonly number[]) {
  const sorted = msOfEach.toSorted((a, b) => a - b)
  const at = (share: number) =>
    Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1))
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

function shown({ p50Ms, p99Ms }: { p50Ms: number; p99Ms: number }): string {
  return `p50 ${p50Ms} ms, p99 ${p99Ms} ms`
}
