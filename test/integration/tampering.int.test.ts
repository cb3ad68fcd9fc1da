import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { anchorPlace } from '@rollcall/archive'
import { type ObjectStore, type Postgres, startObjectStore, startPostgres } from '@rollcall/infra'
import { checkpointSigner, createPostgresStore, migrate, newCheckpointKey, type PostgresStore } from '@rollcall/store'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { unpackBody } from '../../packages/store/src/ledger/body.ts'
import { chainHash, chainStart } from '../../packages/store/src/ledger/chain.ts'
import {
  batch,
  createPod,
  decided,
  podFacts,
  podSeen,
  streamCommit,
  t,
} from '../../packages/store/src/testing/fixtures.ts'

/**
 * What somebody who owns the database can do to a ledger, and what `rollcall verify` says of it: exit code 8 and the row. Nine
 * positions, each an event and a decision point; signed at 6 and at 9, both times kept in an S3 store, too.
 */

const bin = resolve(import.meta.dirname, '../../packages/cli/bin/rollcall.js')
const dir = mkdtempSync(join(tmpdir(), 'rollcall-tampering-'))
const publicKey = join(dir, 'key.pub')
const signer = checkpointSigner(newCheckpointKey())
const cluster = 'c1'
let postgres: Postgres
let objects: ObjectStore
let url: string
let store: PostgresStore
let client: pg.Client
let databases = 0

beforeAll(async () => {
  postgres = await startPostgres({ dir: join(dir, 'postgres'), via: 'native', durable: false })
  objects = await startObjectStore({ dir: join(dir, 'objects'), buckets: ['anchors'] })
  process.env.AWS_ACCESS_KEY_ID = objects.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = objects.secretAccessKey
  writeFileSync(publicKey, signer.publicKey)
})
afterAll(async () => {
  await objects?.stop()
  await postgres?.stop()
  rmSync(dir, { recursive: true, force: true })
})

beforeEach(async () => {
  databases += 1
  url = await postgres.createDatabase(`tampering_${databases}`)
  await migrate(url)
  store = createPostgresStore({ url })
  client = new pg.Client(url)
  await client.connect()
  const place = await anchorPlace(anchors())
  for (const [from, to] of [
    [1, 6],
    [7, 9],
  ] as const) {
    await add(from, to)
    const checkpoint = await store.signCheckpoint(cluster, signer, t(to * 1_000))
    if (checkpoint) await place.keep(checkpoint)
  }
})
afterEach(async () => {
  await client?.end()
  await store?.close()
})

const anchors = () => `s3://anchors/${databases}?endpoint=${objects.endpoint}`

async function add(from: number, to: number): Promise<void> {
  const { owner } = await store.takeOwnership('g', 'rollcall.events', 0, 'p1')
  for (let position = from; position <= to; position++) {
    const steps = [podSeen(cluster, t(position), podFacts(`p${position}`, 'n1'))]
    const decisionPoint = decided(position, [createPod(cluster, position, 'n1')])
    await store.commitBatch(batch(owner, position, [streamCommit(cluster, position - 1, steps, { decisionPoint })]))
  }
}

function verify(...options: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const words = ['verify', '--database', url, '--public-key', publicKey, ...options]
  return new Promise(done => {
    const ran = execFile(process.execPath, [bin, ...words], (_, out, err) => done({ code: ran.exitCode, out, err }))
  })
}
const atPosition = (position: number, seq: 0 | 1) =>
  new RegExp(`^${cluster}: ALTERED at position ${position}${seq === 0 ? '(?!, decision)' : ', decision point 1'}`)

test('an untouched ledger is as it was written, with and without its anchors', async () => {
  expect(await verify()).toMatchObject({ code: 0, err: '', out: expect.stringContaining('c1: as it was written\n') })
  const anchored = await verify('--anchor', anchors())
  expect(anchored).toMatchObject({ code: 0, err: '' })
  expect(anchored.out).toContain('held against 1 anchor, the last of position 9')
})

/** Everything from `position` on is chained anew, as somebody with all rights and without the key can. */
async function rewriteFrom(position: number): Promise<void> {
  const { rows } = await client.query('select * from ledger order by position, seq')
  let previous = chainStart
  for (const row of rows) {
    const place = { cluster, position: Number(row.position), seq: row.seq }
    let text = unpackBody({ encoding: row.encoding, bytes: row.body })
    if (place.position === position && place.seq === 0) text = text.replace('"n1"', '"n2"')
    previous = chainHash(previous, place, text)
    const values = [previous, Buffer.from(text), place.position, place.seq]
    await client.query('update ledger set hash = $1, encoding = 0, body = $2 where position = $3 and seq = $4', values)
  }
  await client.query('update streams set head_hash = $1', [previous])
}

const cutOffBehind = (position: number) => `
  delete from ledger where position > ${position};
  update streams set last_position = ${position}, last_seq = 1,
    head_hash = (select hash from ledger where position = ${position} and seq = 1)`

describe('verify names the row, with exit code 8, when somebody', () => {
  test.each([
    [
      'changes one byte of an event',
      'update ledger set body = set_byte(body, 9, get_byte(body, 9) # 1) where position = 4 and seq = 0',
      4,
      0,
    ],
    [
      'changes one byte of a decision',
      'update ledger set body = set_byte(body, 9, get_byte(body, 9) # 1) where position = 4 and seq = 1',
      4,
      1,
    ],
    ['deletes a row', 'delete from ledger where position = 5 and seq = 0', 5, 1],
    ['deletes a position', 'delete from ledger where position = 5', 6, 0],
    [
      'swaps two rows',
      'update ledger set position = 107 - position where position in (3, 4); update ledger set position = position - 100 where position > 100',
      3,
      0,
    ],
    ['cuts off the end', 'delete from ledger where position > 7', 8, 0],
    ['cuts off the end, and sets the stream back', cutOffBehind(7), 8, 0],
    ['empties the ledger', 'truncate ledger', 1, 0],
    [
      'drops a partition',
      "do $$ declare part text; begin for part in select inhrelid::regclass from pg_inherits where inhparent = 'ledger'::regclass loop execute format('drop table %s', part); end loop; end $$",
      1,
      0,
    ],
    [
      'detaches a partition',
      "do $$ declare part text; begin for part in select inhrelid::regclass from pg_inherits where inhparent = 'ledger'::regclass loop execute format('alter table ledger detach partition %s', part); end loop; end $$",
      1,
      0,
    ],
  ] as const)('%s', async (_, statement, position, seq) => {
    await client.query(statement)
    const { code, out, err } = await verify()
    expect({ code, out }).toEqual({ code: 8, out: expect.stringMatching(atPosition(position, seq)) })
    expect(err).toMatch(new RegExp(`^rollcall: the ledger of c1 is not as it was written: position ${position}: `))
  })

  test('writes the chain anew without the key', async () => {
    await rewriteFrom(8)
    const { code, out } = await verify()
    expect({ code, out }).toEqual({ code: 8, out: expect.stringMatching(atPosition(9, 1)) })
    expect(out).toContain('signed another hash')
  })

  test('cuts off the end together with its checkpoints: the anchor in the S3 store tells', async () => {
    await client.query(`${cutOffBehind(7)}; delete from checkpoints where position > 7`)
    expect((await verify()).code).toBe(0)
    const { code, out } = await verify('--anchor', anchors())
    expect({ code, out }).toEqual({ code: 8, out: expect.stringMatching(atPosition(8, 0)) })
  })

  test('removes the whole cluster: the anchor tells', async () => {
    await client.query('truncate ledger, checkpoints; delete from streams')
    expect((await verify('--anchor', anchors())).code).toBe(8)
  })
})

describe('anchors in an S3 store', () => {
  const objectsOf = () => join(objects.bucketDir('anchors'), String(databases), 'anchors')

  test('are an object each, never written twice', () => {
    expect(readdirSync(objectsOf())).toHaveLength(2)
  })

  test('that were altered prove nothing, and are said', async () => {
    const newest = readdirSync(objectsOf()).sort().at(-1) ?? ''
    writeFileSync(join(objectsOf(), newest), 'no checkpoint\n')
    const { code, err } = await verify('--anchor', anchors())
    expect(code).not.toBe(0)
    expect(err).toContain(newest)
  })

  test('that are not there, or cannot be reached, are no silent pass', async () => {
    const none = await verify('--anchor', `s3://anchors/nothing?endpoint=${objects.endpoint}`)
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('holds no checkpoints') })
    const away = await verify('--anchor', `s3://nowhere/x?endpoint=${objects.endpoint}`)
    expect(away.code).not.toBe(0)
    expect(away.err).toContain('s3://nowhere/x')
  })
})
