import pg from 'pg'
import { asRole } from '../rights/roles.ts'
import type { PostgresStoreOptions } from './options.ts'
import { optionDefaults } from './options.ts'

export type Pools = {
  /** For commits: statements are sent without waiting for answers, plans are made anew for each. */
  readonly writers: pg.Pool
  /** For everything else. */
  readonly readers: pg.Pool
  end(): Promise<void>
}

/**
 * A prepared statement may keep a plan that was made while a table was small, and then read all of it for every commit
 * once it has grown. Planning anew costs a fraction of a millisecond.
 */
const plannedAnew = '-c plan_cache_mode=force_custom_plan -c jit=off'

export function createPools(options: PostgresStoreOptions): Pools {
  const role = asRole(options.role ?? optionDefaults.role)
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
    query_timeout: options.answerTimeoutMs ?? statementTimeoutMs + 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  }
  const writers = new pg.Pool({ ...common, pipeline: true, options: `${plannedAnew} ${role}` })
  const readers = new pg.Pool({ ...common, options: role })
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
