import pg from 'pg'
import { storeErrorFrom } from '../postgres/errors.ts'
import { parseTarget } from '../postgres/target.ts'
import { asRole, readerRole } from '../rights/roles.ts'
import { run } from '../sql/statement.ts'
import { type OpenDecision, openDecisions } from './sql/open-decisions.ts'
import { unschedulableNodes } from './sql/unschedulable-nodes.ts'

export type { OpenDecision } from './sql/open-decisions.ts'

/** What a live view of whole clusters asks beside `AuditStore`. Nothing is written. All methods throw `StoreError`. */
export interface ShadowStore {
  /**
   * Slots whose standing decision asks for a change that has not happened since `before` (ms since 1970): in an
   * observed cluster, where its own controller did otherwise. At most 1,000, oldest first.
   */
  openDecisions(cluster: string, before: number): Promise<readonly OpenDecision[]>
  /** How many nodes are cordoned, by cluster; clusters without are left out. */
  unschedulableNodes(clusters: readonly string[]): Promise<ReadonlyMap<string, number>>
  close(): Promise<void>
}

const statementTimeoutMs = 5_000

/** On Postgres, with one connection. */
export function createPostgresShadowStore(options: {
  readonly url: string
  readonly applicationName?: string
}): ShadowStore {
  const target = parseTarget(options.url)
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName ?? 'rollcall shadow',
    max: 1,
    connectionTimeoutMillis: statementTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 2_000,
    options: `-c plan_cache_mode=force_custom_plan -c jit=off -c default_transaction_read_only=on ${asRole(readerRole)}`,
  })
  // Without listeners a connection that breaks would end the process. Whoever uses it gets the error as well.
  pool.on('error', () => undefined)
  pool.on('connect', client => client.on('error', () => undefined))

  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    try {
      return await question()
    } catch (error) {
      throw storeErrorFrom(error, target)
    }
  }
  return {
    openDecisions: (cluster, before) => ask(() => run(pool, openDecisions, { cluster, before })),
    unschedulableNodes: clusters => ask(async () => new Map(await run(pool, unschedulableNodes, { clusters }))),
    close: () => pool.end(),
  }
}
