import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPostgresAuditStore, createPostgresStore, migrate, noRole, type PostgresStore } from '../index.ts'
import { batch, createPod, decided, streamCommit, t, ticked } from '../testing/fixtures.ts'
import { startTestServer, type TestServer } from '../testing/server.ts'
import { writerRights } from './rights.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

async function query(url: string, ...texts: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    let rows: Record<string, unknown>[] = []
    for (const text of texts) rows = (await client.query(text)).rows
    return rows
  } finally {
    await client.end()
  }
}

/** A user of the server that is nothing but a member of these roles. @returns the URL with which it logs in */
async function userOf(url: string, name: string, attributes: string, ...roles: string[]): Promise<string> {
  await query(url, `create role ${name} login password 'secret' ${attributes}`)
  for (const role of roles) await query(url, `grant ${role} to ${name}`)
  const own = new URL(url)
  own.username = name
  own.password = 'secret'
  return own.href
}

async function commitOne(store: PostgresStore, cluster: string): Promise<void> {
  const { owner } = await store.takeOwnership('g', 'rollcall.events', 0, 'p')
  const decisionPoint = decided(1, [createPod(cluster, 1, 'n1')])
  await store.commitBatch(batch(owner, 1, [streamCommit(cluster, 0, [ticked(cluster, t())], { decisionPoint })]))
}

async function* none(): AsyncGenerator<never> {
  yield* []
}

const refused = expect.objectContaining({ code: '42501' })

describe('the user of the services, a member of rollcall_writer and nothing else', () => {
  let url: string
  let app: string
  beforeAll(async () => {
    url = await server.createDatabase('rights')
    await migrate(url)
    app = await userOf(url, 'app', '', 'rollcall_writer')
  })

  test('writes the record', async () => {
    const store = createPostgresStore({ url: app })
    await commitOne(store, 'c1')
    const [command] = await store.unpublishedCommands(['c1'])
    await store.markPublished([command?.id ?? ''])
    expect(await store.verifyChain('c1')).toMatchObject({ ok: true, rows: 2 })
    await store.close()
  })

  test.each([
    'update ledger set type = type',
    'update ledger set body = body where position = 1',
    'delete from ledger',
    'delete from ledger where false',
    'truncate ledger',
    'drop table ledger',
    'alter table ledger add column note text',
    'alter table ledger disable trigger all',
    'create trigger t before insert on ledger for each row execute function suppress_redundant_updates_trigger()',
    'alter table ledger owner to app',
    'select * from ledger for update',
    'update decisions set rule = rule',
    'delete from decisions',
    'truncate decisions',
    `update commands set body = '{}'`,
    'delete from commands',
    'delete from placements',
    'update dead_letters set reason = reason',
    'delete from dead_letters',
    'delete from streams',
    'update checkpoints set at = at',
    'delete from checkpoints',
    'update checkpoint_keys set public_key = public_key',
    'update schema_version set hash = hash',
    'truncate placements',
    'truncate ledger_default',
    'delete from ledger_default',
    'update ledger_default set body = body',
    'drop table ledger_default',
    'alter table ledger detach partition ledger_default',
    `create table mine partition of ledger for values from ('2020-01-01') to ('2020-02-01')`,
    'alter table ledger alter column body drop not null',
    'alter table ledger rename to other',
    'delete from nodes',
    'delete from daemonsets',
    'delete from revisions',
    'delete from intents',
    'update intents set body = body',
    'delete from attributions',
    'update attributions set position = position',
    'delete from holds',
    'delete from archives',
    'insert into archives default values',
    'alter function make_ledger_partitions owner to app',
    'create or replace view audit_placements as select 1',
    'drop view audit_placements',
  ])('may not: %s', async text => {
    await expect(query(app, text)).rejects.toEqual(refused)
    await expect(query(app, 'set role rollcall_writer', text)).rejects.toEqual(refused)
    await expect(query(url, 'set role rollcall_writer', text)).rejects.toEqual(refused)
  })

  test('cannot give itself what it lacks', async () => {
    // Postgres only warns, and grants nothing.
    await query(app, 'grant update, delete on ledger to app')
    await expect(query(app, 'delete from ledger')).rejects.toEqual(refused)
  })

  test('may not become the owner, nor create anything in the schema', async () => {
    await expect(query(app, 'set role rollcall')).rejects.toEqual(refused)
    await expect(query(app, 'create table mine (x int)')).rejects.toEqual(refused)
  })

  test('rebuilding projections is for the owner', async () => {
    const store = createPostgresStore({ url: app })
    await expect(store.rebuildProjections('c1', none())).rejects.toMatchObject({ code: 'access-denied' })
    await store.close()
  })
})

test('a reader reads everything, the views included, and writes nothing', async () => {
  const url = await server.createDatabase('reading')
  await migrate(url)
  const reader = await userOf(url, 'auditor', '', 'rollcall_reader')
  const audit = createPostgresAuditStore({ url: reader })
  await audit.clusters({}, { after: null, limit: 10 })
  await audit.close()
  for (const relation of [...Object.keys(writerRights), 'audit_placements', 'audit_standing', 'audit_missing']) {
    await query(reader, `select * from ${relation} limit 1`)
  }
  for (const table of Object.keys(writerRights)) {
    await expect(query(reader, `delete from ${table}`)).rejects.toEqual(refused)
  }
  const store = createPostgresStore({ url: reader })
  await expect(store.ready()).rejects.toMatchObject({
    code: 'access-denied',
    message: expect.stringMatching(/user auditor is no member of role rollcall_writer/),
  })
  await store.close()
})

describe('the roles belong to the server', () => {
  test('databases side by side are migrated at once, by a server that has no roles yet', async () => {
    const fresh = await startTestServer()
    try {
      const urls = await Promise.all(['a', 'b', 'c'].map(name => fresh.createDatabase(name)))
      await Promise.all(urls.map(url => migrate(url)))
      for (const url of urls) {
        const store = createPostgresStore({ url })
        await commitOne(store, 'c1')
        await store.close()
      }
    } finally {
      await fresh.remove()
    }
  })

  test('what a role had beyond its rights is taken back by the next migrate', async () => {
    const url = await server.createDatabase('too_much')
    await migrate(url)
    await query(url, 'grant update, delete on ledger to rollcall_writer')
    await migrate(url)
    await expect(query(url, 'set role rollcall_writer', 'delete from ledger')).rejects.toEqual(refused)
  })

  test('a superuser of that name is no bound, and is refused', async () => {
    const url = await server.createDatabase('super')
    await query(url, 'alter role rollcall_writer superuser')
    await expect(migrate(url)).rejects.toMatchObject({ code: 'access-denied', message: /is a superuser/ })
    await query(url, 'alter role rollcall_writer nosuperuser')
  })
})

describe('an owner that is no superuser', () => {
  test('with CREATEROLE makes the roles itself', async () => {
    const fresh = await startTestServer()
    try {
      const owner = await userOf(fresh.url, 'manager', 'createrole')
      await query(fresh.url, 'alter database rollcall owner to manager')
      await migrate(owner)
      const store = createPostgresStore({ url: owner })
      await commitOne(store, 'c1')
      await store.close()
    } finally {
      await fresh.remove()
    }
  })

  test('without it is told what an administrator has to do; then, or without roles, it works', async () => {
    const fresh = await startTestServer()
    try {
      const owner = await userOf(fresh.url, 'plain', '')
      await query(fresh.url, 'alter database rollcall owner to plain')
      const told = await migrate(owner).then(
        () => null,
        error => error,
      )
      expect(told).toMatchObject({
        code: 'access-denied',
        message: expect.stringMatching(/append-only.*administrator/),
      })

      await migrate(owner, { withRoles: false })
      const unbound = createPostgresStore({ url: owner, role: noRole })
      await commitOne(unbound, 'c1')
      await unbound.close()

      const [, statements = ''] = /`(create role.*?)`/.exec(told.message) ?? []
      await query(fresh.url, statements)
      await migrate(owner)
      const store = createPostgresStore({ url: owner })
      await commitOne(store, 'c2')
      await store.close()
    } finally {
      await fresh.remove()
    }
  })
})
