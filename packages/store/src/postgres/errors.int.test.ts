import { freePort } from '@rollcall/infra'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPostgresStore, migrate, noRole, StoreError } from '../index.ts'
import { readMigrations } from '../migrations.ts'
import { startTestServer, type TestServer } from '../testing/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

/** What a user is told who starts a service with this URL. */
async function told(url: string): Promise<StoreError> {
  const store = createPostgresStore({ url, connectTimeoutMs: 2_000 })
  try {
    await store.ready()
  } catch (error) {
    if (error instanceof StoreError) {
      expect(await store.healthy()).toBe(false)
      return error
    }
    throw error
  } finally {
    await store.close()
  }
  throw new Error('nothing was wrong')
}

const changed = (url: string, change: (parsed: URL) => void): string => {
  const parsed = new URL(url)
  change(parsed)
  return parsed.href
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(text)
  await client.end()
}

describe('what can be wrong with a database is one sentence with the mend', () => {
  const secret = 'hunter2-secret'

  test.each([
    ['not a url', 'cannot be read'],
    ['mysql://rollcall@127.0.0.1/rollcall', 'begins with mysql://, not postgres://'],
    ['postgres:///rollcall', 'names no host'],
    ['postgres://127.0.0.1', 'names no database'],
    [`postgres://rollcall:${secret}%zz@127.0.0.1/%zz`, 'begins no escape'],
  ])('the URL %s', (url, words) => {
    expect(() => createPostgresStore({ url })).toThrow(expect.objectContaining({ code: 'bad-url' }))
    expect(() => createPostgresStore({ url })).toThrow(words)
    expect(() => createPostgresStore({ url })).not.toThrow(secret)
  })

  test('nobody listens there', async () => {
    const port = await freePort()
    const error = await told(`postgres://rollcall:${secret}@127.0.0.1:${port}/rollcall`)
    expect(error.code).toBe('unreachable')
    expect(error.message).toBe(
      `Postgres at 127.0.0.1:${port} does not answer (ECONNREFUSED): is it up, and the URL right?`,
    )
    await expect(migrate(`postgres://rollcall:${secret}@127.0.0.1:${port}/rollcall`)).rejects.toThrow(error.message)
  })

  test('a host without an address', async () => {
    const error = await told(`postgres://rollcall:${secret}@no-such-host.invalid/rollcall`)
    expect(error).toMatchObject({ code: 'unreachable' })
    expect(error.message).toMatch(/no address is known for no-such-host\.invalid:5432/)
  })

  test('a wrong password, and none', async () => {
    const wrong = await told(changed(server.url, parsed => (parsed.password = secret)))
    expect(wrong.code).toBe('access-denied')
    expect(wrong.message).toMatch(/refuses the password of user rollcall: correct it/)
    const none = await told(changed(server.url, parsed => (parsed.password = '')))
    expect(none.code).toBe('access-denied')
    expect(none.message).toMatch(/asks for a password/)
    for (const error of [wrong, none])
      expect(JSON.stringify([error.message, String(error.cause)])).not.toContain(secret)
  })

  test('a database that does not exist', async () => {
    const error = await told(changed(server.url, parsed => (parsed.pathname = '/nowhere')))
    expect(error).toMatchObject({ code: 'bad-url' })
    expect(error.message).toMatch(/has no database nowhere: create it/)
  })

  test('no schema; then a schema; then one that is newer, or older, than the program', async () => {
    const url = await server.createDatabase('versions')
    expect(await told(url)).toMatchObject({
      code: 'schema-missing',
      message: expect.stringMatching(/: run `.*migrate/),
    })
    const { version } = await migrate(url)
    const store = createPostgresStore({ url })
    await store.ready()
    await store.close()

    await query(url, `insert into schema_version values (${version + 1}, '9999_future', 'x')`)
    const newer = await told(url)
    expect(newer.code).toBe('schema-newer')
    expect(newer.message).toBe(
      `database versions has schema version ${version + 1} (9999_future), this program knows up to ${version} (${readMigrations().at(-1)?.name}): upgrade the program`,
    )
    await expect(migrate(url)).rejects.toMatchObject({ code: 'schema-newer' })

    await query(url, `delete from schema_version`)
    await query(url, `insert into schema_version values (0, 'none', 'x')`)
    const older = await told(url)
    expect(older.code).toBe('schema-older')
    expect(older.message).toMatch(new RegExp(`has schema version 0 .* this program needs ${version} .*migrate`))
  })

  test('a user without rights', async () => {
    const url = await server.createDatabase('rights')
    await migrate(url)
    await query(url, `create role reader login password 'reader'; grant select on schema_version to reader`)
    const reader = changed(url, parsed => {
      parsed.username = 'reader'
      parsed.password = 'reader'
    })
    expect(await told(reader)).toMatchObject({
      code: 'access-denied',
      message: expect.stringMatching(/^user reader is no member of role rollcall_writer: `grant/),
    })
    const store = createPostgresStore({ url: reader, role: noRole })
    await expect(store.watchPositions('c1')).rejects.toMatchObject({
      code: 'access-denied',
      message: expect.stringMatching(/user reader lacks a right in database rights \(permission denied for table/),
    })
    await store.close()
  })

  test('a schema from which somebody took a table', async () => {
    const url = await server.createDatabase('torn')
    await migrate(url)
    await query(url, 'drop table watch_positions')
    const store = createPostgresStore({ url })
    await expect(store.watchPositions('c1')).rejects.toMatchObject({ code: 'schema-missing' })
    await store.close()
  })

  test('a closed store says so', async () => {
    const store = createPostgresStore({ url: server.url })
    await store.close()
    await store.close()
    await expect(store.settledCommands(['x'])).rejects.toThrow('the store is closed')
  })
})
