import { parseArgs } from 'node:util'
import pg from 'pg'
import { createPostgresStore, migrate } from '../src/index.ts'
import { createChurn } from './churn.ts'

/**
 * How fast batches commit, and what a ledger row costs on disk:
 * `node packages/store/bench/commit.ts [--database-url postgres://…/postgres] [--events 20000] [--sizes 1,50,500]`.
 * Each size gets a database of its own on that server. Making the events is not counted; encoding, hashing, the
 * projections and the transaction are.
 */

const { values: flags } = parseArgs({
  options: {
    'database-url': { type: 'string' },
    events: { type: 'string', default: '20000' },
    sizes: { type: 'string', default: '1,50,500' },
  },
})

async function withServer(work: (url: string) => Promise<void>): Promise<void> {
  if (flags['database-url']) return work(flags['database-url'])
  const { startPostgres } = await import('@rollcall/infra')
  const server = await startPostgres({})
  try {
    await work(server.url)
  } finally {
    await server.stop()
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

async function measure(url: string, size: number, eventsMax: number): Promise<void> {
  const store = createPostgresStore({ url, applicationName: 'store-bench' })
  try {
    const { owner } = await store.takeOwnership('bench', 'rollcall.events', 0, 'bench')
    const churn = createChurn('prod-eu-west-1')
    // So many that the second half runs on warm plans and caches; a single event is all about the round trips.
    const count = Math.ceil((size === 1 ? eventsMax / 10 : eventsMax) / size)
    const commits = Array.from({ length: count }, () => churn.next(size))
    const latenciesMs: number[] = []
    const cpuBefore = process.cpuUsage()
    const start = performance.now()
    for (const [index, commit] of commits.entries()) {
      const begin = performance.now()
      await store.commitBatch({ owner, nextOffset: BigInt((index + 1) * size), streams: [commit], deadLetters: [] })
      latenciesMs.push(performance.now() - begin)
    }
    const seconds = (performance.now() - start) / 1_000
    const cpu = process.cpuUsage(cpuBefore)
    const cpuShare = (cpu.user + cpu.system) / 1e6 / seconds
    latenciesMs.sort((a, b) => a - b)
    console.log(
      `batches of ${String(size).padStart(3)}: ${Math.round((count * size) / seconds)} events/s, commit p50 ${quantile(latenciesMs, 0.5).toFixed(1)} ms, p99 ${quantile(latenciesMs, 0.99).toFixed(1)} ms, this process used ${Math.round(cpuShare * 100)} % of a core`,
    )
    const verified = await store.verifyChain('prod-eu-west-1')
    if (!verified.ok) throw new Error(`the chain does not verify: ${verified.problem}`)
    await reportSizes(url)
  } finally {
    await store.close()
  }
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
        pg_total_relation_size(oid)::int8 as bytes,
        pg_indexes_size(oid)::int8 as index_bytes
      from pg_class
      where relname in ('ledger', 'placements', 'decisions', 'commands') and relkind = 'r'
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
      await measure(await freshDatabase(admin, url, name), size, Number(flags.events))
      await admin.query(`drop database ${name} with (force)`)
    }
  } finally {
    await admin.end()
  }
})
