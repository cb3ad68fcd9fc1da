import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createPostgresStore, migrate, type PostgresStore } from './index.ts'
import { readMigrations } from './migrations.ts'
import { batch, decided, streamCommit, ticked } from './testing/fixtures.ts'
import { startTestServer, type TestServer } from './testing/server.ts'

const cluster = 'c1'
const dayMs = 86_400_000
let server: TestServer
let url: string
let store: PostgresStore
let client: pg.Client
let databases = 0

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())
beforeEach(async () => {
  url = await server.createDatabase(`partitions_${databases++}`)
  client = new pg.Client({ connectionString: url })
  await client.connect()
  return async () => {
    await client.end()
    await store.close()
  }
})
const open = async () => {
  await migrate(url)
  store = createPostgresStore({ url })
}

/** One event at each of these times, with a decision behind it. */
async function record(...times: number[]): Promise<void> {
  const last = (await store.loadStream(cluster)).lastPosition
  const { owner } = await store.takeOwnership('g', 'rollcall.events', 0, 'p')
  let streamTime = 0
  for (const [index, at] of times.entries()) {
    const position = last + index + 1
    streamTime = Math.max(streamTime, at)
    const decisionPoint = { ...decided(position, []), at: streamTime }
    await store.commitBatch(
      batch(owner, position, [streamCommit(cluster, position - 1, [ticked(cluster, at)], { decisionPoint })]),
    )
  }
}
/** Which partition each position lies in. */
async function where(): Promise<Record<string, string>> {
  const { rows } = await client.query(
    'select position, tableoid::regclass::text as name from ledger where seq = 0 order by 1',
  )
  return Object.fromEntries(rows.map(({ position, name }) => [position, name]))
}
const partitionOf = (at: number): string => `ledger_${new Date(at).toISOString().slice(0, 7).replace('-', '')}01`

test('rows lie in the month of their stream’s time, which never goes back; strange times stop nothing', async () => {
  await open()
  const now = Date.now()
  await record(now - 4_000 * dayMs, now, now - 40 * dayMs, now + 4_000 * dayMs, now)
  expect(await where()).toEqual({
    1: 'ledger_default',
    2: partitionOf(now),
    3: partitionOf(now),
    4: 'ledger_default',
    5: 'ledger_default',
  })
  expect(await store.verifyChain(cluster)).toMatchObject({ ok: true, rows: 10, lastPosition: 5 })
  expect(await store.positionSince(cluster, now - 1)).toBe(2)
  const entries: string[] = []
  for await (const { kind, position } of store.readLedger(cluster, 2)) entries.push(`${kind} ${position}`)
  expect(entries.slice(0, 3)).toEqual(['event 2', 'decision 2', 'event 3'])
})

test('partitions are made ahead by the writer, once, and rows that had to go elsewhere are moved', async () => {
  await open()
  const { rows } = await client.query(
    `select c.relname as name from pg_inherits join pg_class c on c.oid = inhrelid
     where inhparent = 'ledger'::regclass and c.relname <> 'ledger_default' order by 1`,
  )
  for (const { name } of rows) await client.query(`drop table ${name}`)
  const now = Date.now()
  await record(now, now + dayMs)
  expect(Object.values(await where())).toEqual(['ledger_default', 'ledger_default'])

  const made = await Promise.all([1, 2, 3].map(() => store.makePartitions('day')))
  expect(made.flat()).toHaveLength(41)
  const named = (at: number) => `ledger_${new Date(at).toISOString().slice(0, 10).replaceAll('-', '')}`
  expect(Object.values(await where())).toEqual([named(now), named(now + dayMs)])
  expect(await store.verifyChain(cluster)).toMatchObject({ ok: true, rows: 4 })
  // Another unit goes on where the last partition ends.
  expect(await store.makePartitions('month')).toEqual([])
  await client.query(`drop table ${named(now + 40 * dayMs)}`)
  expect(await store.makePartitions('week')).toEqual([named(now + 40 * dayMs)])
})

test('rows are appended while partitions are made', async () => {
  await open()
  const now = Date.now()
  await client.query(`drop table ${partitionOf(now)}`)
  await Promise.all([record(...Array.from({ length: 40 }, (_, index) => now + index)), store.makePartitions('month')])
  expect(await store.verifyChain(cluster)).toMatchObject({ ok: true, rows: 80 })
})

test.each([
  'update ledger_default set type = type',
  'delete from ledger_default',
  'truncate ledger_default',
  'select * from ledger_default',
  `alter table ledger detach partition ledger_default`,
  'drop table ledger_default',
])('the writer may not go round the ledger: %s', async text => {
  await open()
  await client.query('set role rollcall_writer')
  await expect(client.query(text)).rejects.toMatchObject({ code: '42501' })
})

test('a column day that was changed is found', async () => {
  await open()
  await record(Date.now(), Date.now())
  await client.query(`update ledger set day = day + 1 where position = 2`)
  expect(await store.verifyChain(cluster)).toMatchObject({ ok: false, position: 2, problem: /its column day says/ })
})

test('a ledger of before is taken over, row by row, and still verifies', async () => {
  const before = readMigrations().findIndex(({ name }) => name === '0006_ledger_partitions')
  await open()
  const now = Date.now()
  await record(now - 70 * dayMs, now - 35 * dayMs, now - 36 * dayMs, now)
  const { rows } = await client.query('select * from ledger order by position, seq')
  await client.query(`
    drop view audit_chain, audit_sights;
    drop function audit_subject cascade;
    create table old (like ledger);
    insert into old select * from ledger;
    drop table ledger;
    drop function make_ledger_partitions;
    alter table old rename to ledger;
    alter table ledger drop column day;
    alter table ledger add constraint ledger_pkey primary key (stream, position, seq);
    create index ledger_of_subject on ledger (stream, subject, position) where subject is not null;
    drop index decisions_of_rollout, decisions_against, holds_by_time;
    drop table archives;
    delete from schema_version where version > ${before}`)
  expect((await migrate(url)).applied[0]).toBe('0006_ledger_partitions')
  expect((await client.query('select * from ledger order by position, seq')).rows).toEqual(rows)
  expect(await where()).toEqual({
    1: partitionOf(now - 70 * dayMs),
    2: partitionOf(now - 35 * dayMs),
    3: partitionOf(now - 35 * dayMs),
    4: partitionOf(now),
  })
  expect(await store.verifyChain(cluster)).toMatchObject({ ok: true, rows: 8 })
})
