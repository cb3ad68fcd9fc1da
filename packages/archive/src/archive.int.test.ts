import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { open, readFile, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { type ObjectStore, startObjectStore, startPostgres } from '@rollcall/infra'
import {
  type ChainReport,
  checkpointKey,
  checkpointSigner,
  createPostgresArchiver,
  createPostgresAuditStore,
  createPostgresStore,
  type LedgerEntry,
  migrate,
  newCheckpointKey,
  type PostgresArchiver,
  type PostgresStore,
  type StreamCommit,
  verifyArchive,
} from '@rollcall/store'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createChurn } from '../../store/bench/churn.ts'
import { archivePartition, isArchived, openArchive, openPlace } from './index.ts'

const cluster = 'east'
const dayMs = 86_400_000
const dir = mkdtempSync(join(tmpdir(), 'archive-'))
const signer = checkpointSigner(newCheckpointKey())
const keys = [checkpointKey(signer.publicKey)]
const now = Date.now()
let server: Awaited<ReturnType<typeof startPostgres>>
let objects: ObjectStore
let url: string
let store: PostgresStore
let archiver: PostgresArchiver
let databases = 0

beforeAll(async () => {
  server = await startPostgres({ dir: join(dir, 'postgres'), via: 'native', durable: false })
  objects = await startObjectStore({ dir: join(dir, 'objects'), buckets: ['audit'] })
  process.env.AWS_ACCESS_KEY_ID = objects.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = objects.secretAccessKey
})
afterAll(async () => {
  await objects?.stop()
  await server?.stop()
  rmSync(dir, { recursive: true, force: true })
})
beforeEach(async () => {
  databases += 1
  url = await server.createDatabase(`archive_${databases}`)
  await migrate(url)
  store = createPostgresStore({ url })
  await withClient(client => client.query(dropMonths))
  // Weeks from now on: what is archived here are those that are to come.
  await store.makePartitions('week')
  await fill(store, 2_000)
  archiver = createPostgresArchiver(url)
  return async () => {
    await archiver.close()
    await store.close()
  }
})

/** The months that a new database begins with, empty as they are. */
const dropMonths = `
  do $$ declare month text; begin
    for month in select relname from pg_inherits join pg_class c on c.oid = inhrelid
      where inhparent = 'ledger'::regclass and pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT'
    loop execute format('drop table %I', month); end loop;
  end $$`

async function withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Of 50 events each, over the 40 days from now. */
function history(events: number): StreamCommit[] {
  const churn = createChurn(cluster, { nodes: 20, inFlight: 10, startAt: now, stepMs: (40 * dayMs) / events })
  return Array.from({ length: events / 50 }, () => churn.next(50))
}

/** A stream of such a history, with checkpoints here and there. */
async function fill(into: PostgresStore, events: number): Promise<void> {
  const { owner } = await into.takeOwnership('g', 'rollcall.events', 0, 'p')
  let offset = 0n
  for (const commit of history(events)) {
    offset += 50n
    await into.commitBatch({ owner, nextOffset: offset, streams: [commit], deadLetters: [] })
    if (offset % 500n === 50n) await into.signCheckpoint(cluster, signer, now)
  }
}

/** Archives what ends within 25 days from now, and drops it. */
async function archiveOld(to: string, { drop = true } = {}): Promise<number> {
  const place = await openPlace(to)
  const partitions = await archiver.partitionsBefore(now + 25 * dayMs)
  for (const partition of partitions) {
    await archivePartition(archiver, partition, place, now)
    if (drop) await archiver.drop(partition, now)
  }
  return partitions.length
}

async function entriesOf(from: PostgresStore): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = []
  for await (const entry of from.readLedger(cluster, 1)) entries.push(entry)
  return entries
}

async function withStore<T>(archive: string | null, work: (reader: PostgresStore) => Promise<T>): Promise<T> {
  const reader = createPostgresStore({ url, archive: archive === null ? undefined : await openArchive(archive) })
  try {
    return await work(reader)
  } finally {
    await reader.close()
  }
}

async function verifiedAlone(place: string): Promise<ChainReport> {
  const archive = await openArchive(place)
  const end = await archive.end(cluster)
  if (end === null) throw new Error(`nothing of ${cluster} is in ${place}`)
  return await verifyArchive(archive, cluster, end, { keys })
}

const folder = () => join(dir, `place-${databases}`)
const dataDir = (place: string) => join(place, 'ledger', `cluster=${cluster}`)

describe.each(['a folder', 'an object store'])('in %s', kind => {
  const place = () =>
    kind === 'a folder' ? folder() : `s3://audit/fleet-${databases}?endpoint=${encodeURIComponent(objects.endpoint)}`

  test('what was dropped is read from there, and the whole is verified across the seam', async () => {
    const before = await entriesOf(store)
    expect(await archiveOld(place())).toBeGreaterThan(1)
    await withStore(place(), async reader => {
      expect(await entriesOf(reader)).toEqual(before)
      const report = await reader.verifyChain(cluster, { keys })
      expect(report).toMatchObject({ ok: true, rows: before.length, archived: null })
      expect(await reader.verifyChain(cluster, { keys, from: 3, to: 9 })).toMatchObject({ ok: true })
    })
    expect(await verifiedAlone(place())).toMatchObject({ ok: true })
  })
})

test('projections are held against the whole ledger, across the seam; without the archive that is said', async () => {
  await archiveOld(folder())
  const positions: number[] = []
  async function* refold(_: string, entries: AsyncIterable<LedgerEntry>): AsyncGenerator<StreamCommit> {
    for await (const { position } of entries) positions.push(position)
    yield* history(2_000)
  }
  await withStore(folder(), async reader => {
    expect(await reader.compareProjections(cluster, { refold })).toMatchObject({ differences: [] })
    expect([positions[0], positions.at(-1)]).toEqual([1, 2_000])
  })
  await expect(withStore(null, reader => reader.compareProjections(cluster, { refold }))).rejects.toMatchObject({
    code: 'archived',
  })
})

test('without the archive what is left is read and verified, and what is not is said', async () => {
  await archiveOld(folder())
  await withStore(null, async reader => {
    const report = await reader.verifyChain(cluster, { keys })
    expect(report).toMatchObject({ ok: true, archived: { place: folder() } })
    const seam = report.archived?.lastPosition ?? 0
    expect(seam).toBeGreaterThan(100)
    await expect(entriesOf(reader)).rejects.toMatchObject({
      code: 'archived',
      message: expect.stringMatching(
        new RegExp(`^positions 1 to ${seam} of east .* are archived in ${folder()}: read them with --archive`),
      ),
    })
    await expect(reader.verifyChain(cluster, { to: seam - 5 })).rejects.toMatchObject({ code: 'archived' })
    for await (const { position } of reader.readLedger(cluster, seam + 1)) {
      expect(position).toBe(seam + 1)
      break
    }
    // The stream goes on.
    await fillOn(reader)
    expect(await reader.verifyChain(cluster, { keys })).toMatchObject({ ok: true })
  })
})

test('audit answers at the seam say what lies before it', async () => {
  await archiveOld(folder())
  const audit = createPostgresAuditStore({ url, role: 'none' })
  try {
    const [archived, ...others] = await audit.archived(null)
    expect(archived).toMatchObject({ cluster, place: folder() })
    expect(others).toEqual([])
    const events = { cluster, types: null, subject: null }
    const seam = archived?.lastPosition ?? 0
    const oldest = await audit.events(events, { from: seam + 3, direction: 'older', limit: 10 })
    expect(oldest.items.map(({ position }) => position)).toEqual([seam + 1, seam + 2])
  } finally {
    await audit.close()
  }
})

async function fillOn(into: PostgresStore): Promise<void> {
  const { lastPosition } = await into.loadStream(cluster)
  const { owner, nextOffset } = await into.takeOwnership('g', 'rollcall.events', 0, 'p2')
  const churn = createChurn(cluster, { nodes: 20, inFlight: 10, startAt: now, stepMs: (40 * dayMs) / 2_000 })
  const skipped = churn.next(lastPosition)
  expect(skipped.events.at(-1)?.position).toBe(lastPosition)
  const streams = [churn.next(50)]
  await into.commitBatch({ owner, nextOffset: (nextOffset ?? 0n) + 50n, streams, deadLetters: [] })
}

test('archiving again does nothing, in the middle of it goes on, and nothing is dropped that is not archived', async () => {
  const place = await openPlace(folder())
  const [first, second] = await archiver.partitionsBefore(now + 25 * dayMs)
  if (!first || !second) throw new Error('there are no partitions')
  await expect(archiver.drop(first, now)).rejects.toMatchObject({ code: 'failed' })
  // The second cannot follow on what is not archived yet.
  await expect(archivePartition(archiver, second, place, now)).rejects.toMatchObject({ code: 'bad-archive' })
  await archivePartition(archiver, first, place, now)
  expect(await isArchived(archiver, first, place)).toBe(true)
  rmSync(join(folder(), 'manifests', `${first.name}.json`))
  expect(await isArchived(archiver, first, place)).toBe(false)
  await archivePartition(archiver, first, place, now)
  await archiver.drop(first, now)
  expect((await archiver.partitionsBefore(now + 25 * dayMs)).map(({ name }) => name)).not.toContain(first.name)
  expect(await verifiedAlone(folder())).toMatchObject({ ok: true })
})

test('an altered ledger is not archived', async () => {
  const alter = `update ledger set hash = set_byte(hash, 3, get_byte(hash, 3) # 1) where position = 20 and seq = 0`
  await withClient(client => client.query(alter))
  const [first] = await archiver.partitionsBefore(now + 25 * dayMs)
  if (!first) throw new Error('there are no partitions')
  await expect(archivePartition(archiver, first, await openPlace(folder()), now)).rejects.toMatchObject({
    code: 'bad-archive',
    message: expect.stringContaining('position 20 of east'),
  })
  expect(await archiver.archivedIn(first)).toBe(null)
})

describe('what is wrong with an archive is found', () => {
  const fileOf = (index: number) => join(dataDir(folder()), readdirSync(dataDir(folder())).sort()[index] ?? '')

  test('rows that were rewritten, as a file of their own', async () => {
    await archiveOld(folder(), { drop: false })
    const other = `${folder()}-other`
    const { rows } = await rewritten(other)
    expect(rows).toBeGreaterThan(0)
    await writeFile(fileOf(1), await readFile(join(dataDir(other), readdirSync(dataDir(other)).sort()[1] ?? '')))
    expect(await verifiedAlone(folder())).toMatchObject({ ok: false, problem: expect.stringContaining('hash') })
  })

  /** The same partitions of another ledger. */
  async function rewritten(to: string) {
    const target = await server.createDatabase(`archive_${databases}_other`)
    await migrate(target)
    const forger = createPostgresStore({ url: target })
    const taker = createPostgresArchiver(target)
    try {
      const client = new pg.Client(target)
      await client.connect()
      await client.query(dropMonths)
      await client.end()
      await forger.makePartitions('week')
      const churn = createChurn(cluster, { nodes: 21, inFlight: 10, startAt: now, stepMs: (40 * dayMs) / 2_000 })
      const { owner } = await forger.takeOwnership('g', 'rollcall.events', 0, 'p')
      await forger.commitBatch({ owner, nextOffset: 2_000n, streams: [churn.next(2_000)], deadLetters: [] })
      let rows = 0
      const place = await openPlace(to)
      for (const partition of await taker.partitionsBefore(now + 25 * dayMs))
        rows += (await archivePartition(taker, partition, place, now)).rows
      return { rows }
    } finally {
      await taker.close()
      await forger.close()
    }
  }

  test('a changed byte, a file that was cut off, a file that is missing, a manifest that is', async () => {
    await archiveOld(folder())
    const whole = await readFile(fileOf(0))
    const file = await open(fileOf(0), 'r+')
    await file.write(Buffer.from([(whole[whole.length >> 1] ?? 0) ^ 1]), 0, 1, whole.length >> 1)
    await file.close()
    await expect(outcome()).resolves.toMatch(/is damaged|hash|body|position/)

    await writeFile(fileOf(0), whole)
    await truncate(fileOf(1), 900)
    await expect(outcome()).resolves.toMatch(/is damaged/)

    rmSync(fileOf(1))
    await expect(outcome()).resolves.toMatch(
      /lacks ledger\/cluster=east\/ledger_\d+\.parquet, which its manifests name/,
    )

    const [, manifest = ''] = readdirSync(join(folder(), 'manifests')).sort()
    rmSync(join(folder(), 'manifests', manifest))
    await expect(outcome()).resolves.toMatch(/position|missing|lead/)
  })

  /** What verifying says that is wrong. */
  async function outcome(): Promise<string> {
    try {
      const report = await verifiedAlone(folder())
      return report.ok ? 'nothing is wrong' : report.problem
    } catch (error) {
      return (error as Error).message
    }
  }

  test('a place that is no archive, and one that is no place', async () => {
    await archiveOld(folder())
    await expect(withStore(join(dir, 'nowhere'), entriesOf)).rejects.toThrow(/is no archive: it has no manifests/)
    await expect(openPlace('ftp://there/it')).rejects.toThrow('name a folder, or s3://BUCKET/PREFIX')
    await expect(openPlace('s3:///prefix')).rejects.toThrow(/names no bucket/)
  })
})

test('DuckDB answers from it what ran on a node at a time', async () => {
  await archiveOld(folder())
  const at = now + 5 * dayMs
  const { rows } = await withClient(client =>
    client.query<{ node: string; pod: string }>(
      `with bound as (
       select node, pod_name as pod from placements
       where cluster = $1 and bound_at <= $2 and (closed_at is null or closed_at > $2)
     )
     select node, pod from bound where node = (select min(node) from bound) order by pod`,
      [cluster, new Date(at)],
    ),
  )
  expect(rows.length).toBeGreaterThan(0)

  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const sql = (await readFile(join(import.meta.dirname, '../ran-on-node.sql'), 'utf8'))
    .replace('/mnt/ledger', folder())
    .replace('NODE', rows[0]?.node ?? '')
    .replace('MOMENT', new Date(at).toISOString())
  const answer = await connection.runAndReadAll(sql)
  expect(answer.getRowObjects().map(({ pod }) => pod)).toEqual(rows.map(({ pod }) => pod))
  connection.closeSync()
})
