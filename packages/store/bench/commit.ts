import { parseArgs } from 'node:util'
import pg from 'pg'
import { createPostgresStore, migrate, type PostgresStore, type StreamCommit } from '../src/index.ts'
import { startTestServer } from '../src/testing/server.ts'
import { createChurn } from './churn.ts'

/**
 * How fast batches commit, and what a ledger row costs on disk:
 * `node packages/store/bench/commit.ts [--database-url postgres://…/postgres] [--events 20000] [--sizes 1,50,500]
 * [--partitions 1]` (partitions are committed side by side, a cluster each).
 * Each size gets a database of its own on that server. Making the events is not counted; encoding, hashing, the
 * projections and the transaction are.
 */

const { values: flags } = parseArgs({
  options: {
    'database-url': { type: 'string' },
    events: { type: 'string', default: '20000' },
    sizes: { type: 'string', default: '1,50,500' },
    partitions: { type: 'string', default: '1' },
  },
})

async function withServer(work: (url: string) => Promise<void>): Promise<void> {
  if (flags['database-url']) return work(flags['database-url'])
  const server = await startTestServer({ durable: true })
  try {
    await work(server.url)
  } finally {
    await server.remove()
  }
}

async function freshDatabase(admin: pg.Client, url: string, name: string): Promise<string> {
  await admin.query(`drop database if exists ${name} with (force)`)
  await admin.query(`create database ${name}`)
  const fresh = new URL(url)
  fresh.pathname = `/${name}`
  await migrate(fresh.href)
  return fresh.href
}

/** The part of a sorted list below which `share` of its values lie. */
const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

const clusterOf = (partition: number): string => `prod-eu-west-${partition + 1}`

/** So many commits that most run on warm caches; a single event is all about the round trips. */
function commitsOf(partition: number, size: number, eventsMax: number): StreamCommit[] {
  const churn = createChurn(clusterOf(partition))
  const count = Math.ceil((size === 1 ? eventsMax / 10 : eventsMax) / size)
  return Array.from({ length: count }, () => churn.next(size))
}

async function measure(url: string, size: number, eventsMax: number, partitions: number): Promise<void> {
  const store = createPostgresStore({ url, applicationName: 'store-bench', poolSize: partitions })
  try {
    const work = Array.from({ length: partitions }, (_, partition) =>
      commitsOf(partition, size, eventsMax / partitions),
    )
    const latenciesMs: number[] = []
    const cpuBefore = process.cpuUsage()
    const start = performance.now()
    await Promise.all(work.map((commits, partition) => commitAll(store, partition, commits, latenciesMs)))
    const seconds = (performance.now() - start) / 1_000
    const cpu = process.cpuUsage(cpuBefore)
    const cpuMicros = cpu.user + cpu.system
    latenciesMs.sort((a, b) => a - b)
    const events = work.flat().reduce((sum, commit) => sum + commit.events.length, 0)
    console.log(
      `batches of ${String(size).padStart(3)}: ${Math.round(events / seconds)} events/s, commit p50 ${quantile(latenciesMs, 0.5).toFixed(1)} ms, p99 ${quantile(latenciesMs, 0.99).toFixed(1)} ms, ${Math.round(cpuMicros / events)} µs of this process's CPU an event (${Math.round(cpuMicros / 1e4 / seconds)} % of a core)`,
    )
    await reportReading(store, clusterOf(0))
    await reportSizes(url)
  } finally {
    await store.close()
  }
}

async function commitAll(
  store: PostgresStore,
  partition: number,
  commits: readonly StreamCommit[],
  latenciesMs: number[],
): Promise<void> {
  const { owner } = await store.takeOwnership('bench', 'rollcall.events', partition, 'bench')
  let nextOffset = 0n
  for (const commit of commits) {
    const begin = performance.now()
    nextOffset += BigInt(commit.events.length)
    await store.commitBatch({ owner, nextOffset, streams: [commit], deadLetters: [] })
    latenciesMs.push(performance.now() - begin)
  }
}

async function reportReading(store: PostgresStore, cluster: string): Promise<void> {
  const begin = performance.now()
  let entries = 0
  for await (const _ of store.readLedger(cluster)) entries++
  const read = performance.now()
  const verified = await store.verifyChain(cluster)
  if (!verified.ok) throw new Error(`the chain does not verify: ${verified.problem}`)
  const perSecond = (ms: number) => Math.round((entries / ms) * 1_000)
  console.log(
    `  read back and decoded ${perSecond(read - begin)} entries/s, verified ${perSecond(performance.now() - read)} rows/s`,
  )
}

async function reportSizes(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('vacuum analyze')
    const { rows } = await client.query(`
      select
        relname as name,
        (select case relname
          when 'ledger' then (select count(*) from ledger)
          when 'placements' then (select count(*) from placements)
          when 'decisions' then (select count(*) from decisions)
          else (select count(*) from commands)
        end)::int as rows,
        (select sum(pg_total_relation_size(one)) from unnest(parts) one)::int8 as bytes,
        (select sum(pg_indexes_size(one)) from unnest(parts) one)::int8 as index_bytes
      from pg_class, lateral (select oid || array(select inhrelid from pg_inherits where inhparent = oid) as parts)
      where relname in ('ledger', 'placements', 'decisions', 'commands') and relkind in ('r', 'p')
      order by relname = 'ledger' desc, relname`)
    for (const { name, rows: count, bytes, index_bytes } of rows) {
      const each = (total: string) => Math.round(Number(total) / Math.max(1, count))
      console.log(
        `  ${name}: ${count} rows, ${each(bytes)} bytes a row on disk, ${each(index_bytes)} of them in indexes`,
      )
    }
    const kinds = await client.query(`
      select type, count(*)::int as rows, round(avg(octet_length(body)))::int as body
      from ledger group by type order by rows desc limit 4`)
    console.log(`  bodies: ${kinds.rows.map(({ type, rows: n, body }) => `${type} ${n} × ${body}`).join(', ')}`)
  } finally {
    await client.end()
  }
}

await withServer(async url => {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  try {
    for (const size of flags.sizes.split(',').map(Number)) {
      const name = `store_bench_${size}`
      await measure(await freshDatabase(admin, url, name), size, Number(flags.events), Number(flags.partitions))
      await admin.query(`drop database ${name} with (force)`)
    }
  } finally {
    await admin.end()
  }
})
