import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readMigrationFiles } from 'drizzle-orm/migrator'

/** One step of the schema. Versions count from 1. */
export type Migration = {
  readonly version: number
  readonly name: string
  readonly hash: string
  readonly statements: readonly string[]
}

/** `migrations/` at the root of the repository: SQL made by drizzle-kit and reviewed. */
const folder = fileURLToPath(new URL('../../../migrations/', import.meta.url))

/** The migrations that this program brings, in order. */
export function readMigrations(): Migration[] {
  const journal = JSON.parse(readFileSync(`${folder}meta/_journal.json`, 'utf8')) as { entries: { tag: string }[] }
  return readMigrationFiles({ migrationsFolder: folder }).map(({ hash, sql }, index) => ({
    version: index + 1,
    name: journal.entries[index]?.tag ?? String(index),
    hash,
    statements: sql,
  }))
}
