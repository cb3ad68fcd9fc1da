import type pg from 'pg'
import { readMigrations } from '../migrations.ts'
import { StoreError } from '../store.ts'
import { migrateWith } from './errors.ts'
import type { Target } from './target.ts'

export const serverVersionMin = 150_000

export type SchemaVersion = { readonly version: number; readonly name: string; readonly hash: string }

/** Which migrations the database has; empty when there is no schema of ours. */
export async function appliedVersions(client: pg.ClientBase): Promise<SchemaVersion[]> {
  const present = await client.query(`select to_regclass('schema_version') is not null as present`)
  if (!present.rows[0]?.present) return []
  const { rows } = await client.query('select version, name, hash from schema_version order by version')
  return rows as SchemaVersion[]
}

/** @throws StoreError when the server is too old for Rollcall */
export async function expectServer(client: pg.ClientBase, { server }: Target): Promise<void> {
  const { rows } = await client.query(`select current_setting('server_version_num')::int as version`)
  const version: number = rows[0].version
  if (version >= serverVersionMin) return
  const major = Math.floor(version / 10_000)
  throw new StoreError('old-server', `${server} is Postgres ${major}: Rollcall needs 15 or newer, upgrade it`)
}

/** @throws StoreError when database and program do not fit together */
export async function expectSchema(client: pg.ClientBase, { database }: Target): Promise<void> {
  const known = readMigrations()
  const applied = await appliedVersions(client).catch(error => {
    if ((error as { code?: unknown }).code !== '42501') throw error
    const message = `this user or role has no rights in database ${database}: ${migrateWith}, which grants them`
    throw new StoreError('access-denied', message, { cause: error })
  })
  const newest = applied.at(-1)
  const own = known.at(-1)
  if (!newest) {
    throw new StoreError('schema-missing', `database ${database} has no Rollcall schema: ${migrateWith}`)
  }
  if (!own) throw new Error('the program has no migrations')
  if (newest.version > own.version) {
    throw new StoreError(
      'schema-newer',
      `database ${database} has schema version ${newest.version} (${newest.name}), this program knows up to ${own.version} (${own.name}): upgrade the program`,
    )
  }
  if (newest.version < own.version) {
    throw new StoreError(
      'schema-older',
      `database ${database} has schema version ${newest.version} (${newest.name}), this program needs ${own.version} (${own.name}): ${migrateWith}`,
    )
  }
}
