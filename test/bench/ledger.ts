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
import { measureReplay } from './replayed.ts'

/**
 * What the ledger costs and gives: pods of 5 DaemonSets on 1,000 nodes come and go (rollouts, failures, nodes that join,
 * change, go down and leave) through the real write path into a Postgres of its own that waits for the disk. Spread over
 * 40 days of the stream's time, so that it lies in several partitions. Then a second record, decided by the core itself, is
 * folded, replayed and looked at as of some time. Tells how far it is on stderr; the table on stdout.
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
    json: { type: 'string' },
  },
})
const events = Number(values.events)
const batchEvents = Number(values.batch)
const say = (line: string) => console.error(`  ${line}`)
const spreadMs = 40 * 86_400_000

const dir = mkdtempSync(join(tmpdir(), 'rollcall-bench-'))
const postgres = await startPostgres({ dir, via: 'native' })
const url = await postgres.createDatabase('rollcall_bench')
const client = new pg.Client({ connectionString: url })
try {
  await migrate(url)
  await client.connect()
  const store = createPostgresStore({ url, applicationName: 'bench' })
  const committed = await commitAll(store)
  const signer = checkpointSigner(newCheckpointKey())
  await store.signCheckpoint(cluster, signer, Date.now())
  await client.query('vacuum analyze')
  const tables = await sizes()
  const verified = await verify(store)
  const answered = await ask()
  const replayed = await measureReplay(store, {
    events: Number(values['replay-events']),
    nodes: Number(values.nodes),
    daemonSets: Number(values.daemonsets),
    batch: batchEvents,
    snapshotEvery: Number(values['snapshot-every']),
    asks: 20,
    say,
  })
  await store.close()

  const measures: Measure[] = [
    ...replayed,
    { measure: 'a ledger row on disk', aim: { atMost: 500 }, found: tables.ledger?.bytesPerRow ?? 0, unit: 'bytes' },
    { measure: 'committed, one writer', aim: null, found: committed.eventsPerSecond, unit: 'events/s' },
    { measure: 'verified', aim: null, found: verified.rowsPerSecond, unit: 'rows/s' },
    ...Object.entries(answered).map(([question, { p99Ms }]) => ({
      measure: `p99: ${question}`,
      aim: { atMost: question.includes('1,000') ? 100 : 10 },
      found: p99Ms,
      unit: 'ms',
    })),
  ]
  console.log(tableOf(measures))
  const table = measures.map(one => ({ ...one, met: isMet(one) }))
  const measured = { events, batchEvents, committed, tables, verified, answered, table }
  if (values.json) writeFileSync(values.json, `${JSON.stringify(measured, null, 2)}\n`)
} finally {
  await client.end()
  await postgres.stop()
  rmSync(dir, { recursive: true, force: true })
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

async function ask() {
  const audit = createPostgresAuditStore({ url, statementTimeoutMs: 60_000 })
  const measured: Record<string, { p50Ms: number; p99Ms: number }> = {}
  try {
    const samples = await samplesOf(client, Number(values.asks))
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
