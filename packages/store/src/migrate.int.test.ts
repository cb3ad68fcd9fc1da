import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrate } from './migrate.ts'
import { readMigrations } from './migrations.ts'
import * as schema from './schema/index.ts'
import { startTestServer, type TestServer } from './testing/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

async function rowsOf(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

describe('migrations', () => {
  test('many processes at once: one applies them, the others find them done', async () => {
    const url = await server.createDatabase('at_once')
    const results = await Promise.all(Array.from({ length: 6 }, () => migrate(url)))
    expect(results.filter(({ applied }) => applied.length > 0)).toHaveLength(1)
    expect(await migrate(url)).toEqual({ version: results[0]?.version, applied: [] })
  })

  test('they build what the schema says: every column with its type, every index', async () => {
    const url = await server.createDatabase('same')
    await migrate(url)
    const tables = Object.values(schema) as PgTable[]
    const columns = await rowsOf(
      url,
      `select c.relname || '.' || a.attname as name,
              format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end as type
       from pg_attribute a join pg_class c on c.oid = a.attrelid
       where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace and a.attnum > 0
         and c.relname <> 'schema_version'`,
    )
    const wanted = tables.flatMap(table => {
      const config = getTableConfig(table)
      return config.columns.map(column => ({
        name: `${config.name}.${column.name}`,
        type: `${column.getSQLType()}${column.notNull ? ' not null' : ''}`,
      }))
    })
    const byName = (a: { name?: unknown }, b: { name?: unknown }) => (String(a.name) < String(b.name) ? -1 : 1)
    expect(columns.sort(byName)).toEqual(wanted.sort(byName))

    const indexes = await rowsOf(url, `select indexname as name from pg_indexes where schemaname = 'public'`)
    const named = tables.flatMap(table => {
      const { indexes: own, primaryKeys } = getTableConfig(table)
      return [...own.map(({ config }) => config.name), ...primaryKeys.map(key => key.getName())]
    })
    expect(indexes.map(({ name }) => name)).toEqual(expect.arrayContaining(named))
  })

  test('one that fails leaves nothing behind, and is done again when it can be', async () => {
    const url = await server.createDatabase('failing')
    await rowsOf(url, 'create table placements (mine int)')
    await expect(migrate(url)).rejects.toMatchObject({ code: 'failed', message: expect.stringMatching(/42P07/) })
    expect(await rowsOf(url, 'select * from schema_version')).toEqual([])
    expect(await rowsOf(url, `select to_regclass('ledger') as ledger`)).toEqual([{ ledger: null }])
    await rowsOf(url, 'drop table placements')
    expect((await migrate(url)).applied).toHaveLength(readMigrations().length)
  })

  test('one that was changed after it was applied is refused', async () => {
    const url = await server.createDatabase('changed')
    await migrate(url)
    await rowsOf(url, `update schema_version set hash = 'another'`)
    await expect(migrate(url)).rejects.toThrow(/was applied to database changed as 0000_ledger with other content/)
  })
})
