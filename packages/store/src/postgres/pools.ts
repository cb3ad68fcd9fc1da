import pg from 'pg'
import type { PostgresStoreOptions } from './options.ts'
import { optionDefaults } from './options.ts'

export type Pools = {
  /** For commits: statements are sent without waiting for answers, plans always go by index. */
  readonly writers: pg.Pool
  /** For everything else. */
  readonly readers: pg.Pool
  end(): Promise<void>
}

/**
 * Settings of the writers' sessions. Their statements touch few rows by key, among millions: a plan made while a table
 * was small would stay, and read all of it for every commit once it has grown.
 */
const byIndexOnly = '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off -c plan_cache_mode=force_custom_plan'

export function createPools(options: PostgresStoreOptions): Pools {
  const statementTimeoutMs = options.statementTimeoutMs ?? optionDefaults.statementTimeoutMs
  const common: pg.PoolConfig = {
    connectionString: options.url,
    application_name: options.applicationName ?? optionDefaults.applicationName,
    max: options.poolSize ?? optionDefaults.poolSize,
    connectionTimeoutMillis: options.connectTimeoutMs ?? optionDefaults.connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    // A process that hangs within a transaction must not keep the next owner from taking the partition.
    idle_in_transaction_session_timeout: statementTimeoutMs,
    // The server's own limit speaks first; this one is for a connection that has gone dead.
    query_timeout: statementTimeoutMs + 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  }
  const writers = new pg.Pool({ ...common, pipeline: true, options: byIndexOnly })
  const readers = new pg.Pool(common)
  // An idle connection that broke needs nobody: the pool opens another.
  const lost = (error: Error) => options.logger?.warn({ error: error.message }, 'a connection to Postgres was lost')
  for (const pool of [writers, readers]) {
    // Without listeners a connection that breaks would end the process. Whoever uses it gets the error as well.
    pool.on('error', lost)
    pool.on('connect', client => client.on('error', lost))
  }
  return {
    writers,
    readers,
    async end() {
      await Promise.all([writers.end(), readers.end()])
    },
  }
}
