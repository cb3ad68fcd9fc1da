import pg from 'pg'
import { type Migration, readMigrations } from './migrations.ts'
import { storeErrorFrom } from './postgres/errors.ts'
import { appliedVersions, expectServer } from './postgres/schema-version.ts'
import { parseTarget, type Target } from './postgres/target.ts'
import { grantRights } from './rights/grant-rights.ts'
import { StoreError } from './store.ts'

export type MigrateOptions = {
  /**
   * Whether the roles that keep the ledger append-only are made, and given their rights. Default true; without them
   * nothing but the chain tells of a change.
   */
  readonly withRoles?: boolean
}

export type MigrateResult = {
  /** Version of the schema now. */
  readonly version: number
  /** Names of the migrations that this call has applied. */
  readonly applied: readonly string[]
}

/**
 * Brings the schema of a database to the version of this program. Safe when several processes do it at once: the others
 * wait, and find it done. Each migration is one transaction; rights are set behind them (`rights/rights.ts`). The user must
 * own the tables, or be about to. @throws StoreError
 */
export async function migrate(url: string, { withRoles = true }: MigrateOptions = {}): Promise<MigrateResult> {
  const target = parseTarget(url)
  const client = new pg.Client({
    connectionString: url,
    application_name: 'rollcall-migrate',
    connectionTimeoutMillis: 10_000,
  })
  // A connection that breaks fails the statement under way: nothing is lost by not hearing it twice.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await expectServer(client, target)
    const result = await migrateLocked(client, target)
    if (withRoles) await grantRights(client, target)
    return result
  } catch (error) {
    throw storeErrorFrom(error, target)
  } finally {
    await client.end()
  }
}

async function migrateLocked(client: pg.Client, target: Target): Promise<MigrateResult> {
  // Held until the session ends.
  await client.query(`select pg_advisory_lock(hashtextextended('rollcall/migrate', 0))`)
  await client.query(`
    create table if not exists schema_version (
      version int4 primary key,
      name text not null,
      hash text not null,
      applied_at timestamptz not null default now()
    )`)
  const known = readMigrations()
  const present = await appliedVersions(client)
  const newest = present.at(-1)
  if (newest && newest.version > known.length) {
    throw new StoreError(
      'schema-newer',
      `database ${target.database} has schema version ${newest.version} (${newest.name}), this program brings ${known.length}: migrate with the newer program`,
    )
  }
  for (const { version, name, hash } of present) {
    if (known[version - 1]?.hash === hash) continue
    throw new StoreError(
      'failed',
      `migration ${version} was applied to database ${target.database} as ${name} with other content: a migration must never change once released`,
    )
  }
  const missing = known.slice(present.length)
  for (const migration of missing) await apply(client, migration)
  return { version: known.length, applied: missing.map(({ name }) => name) }
}

async function apply(client: pg.Client, { version, name, hash, statements }: Migration): Promise<void> {
  await client.query('begin')
  try {
    for (const statement of statements) await client.query(statement)
    await client.query('insert into schema_version (version, name, hash) values ($1, $2, $3)', [version, name, hash])
    await client.query('commit')
  } catch (error) {
    // When even this fails the connection is gone, and the transaction with it; the first failure says why.
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}
