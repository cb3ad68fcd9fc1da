import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Checkpoint,
  checkpointKey,
  checkpointSigner,
  createPostgresStore,
  migrate,
  newCheckpointKey,
  type PostgresStore,
  type VerifyLedgerOptions,
} from './index.ts'
import { unpackBody } from './ledger/body.ts'
import { chainHash, chainStart } from './ledger/chain.ts'
import { batch, createPod, decided, podFacts, podSeen, streamCommit, t } from './testing/fixtures.ts'
import { startTestServer, type TestServer } from './testing/server.ts'

let server: TestServer
let store: PostgresStore
let client: pg.Client
let databases = 0
const cluster = 'c1'

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())
beforeEach(async () => {
  const url = await server.createDatabase(`chain_${databases++}`)
  await migrate(url)
  store = createPostgresStore({ url })
  client = new pg.Client({ connectionString: url })
  await client.connect()
  const { owner } = await store.takeOwnership('g', 'rollcall.events', 0, 'p1')
  for (let position = 1; position <= 9; position++) {
    // One large body, which is packed another way.
    const commands = Array.from({ length: position === 5 ? 40 : 1 }, (_, node) =>
      createPod(cluster, position, `n${node}`),
    )
    const steps = [podSeen(cluster, t(position), podFacts(`p${position}`, 'n1'))]
    await store.commitBatch(
      batch(owner, position, [
        streamCommit(cluster, position - 1, steps, { decisionPoint: decided(position, commands) }),
      ]),
    )
  }
  return async () => {
    await client.end()
    await store.close()
  }
})

const found = async (text: string) => {
  await client.query(text)
  return store.verifyChain(cluster)
}

describe('the chain tells of', () => {
  test('nothing, when nothing was changed', async () => {
    expect(await store.verifyChain(cluster)).toMatchObject({ ok: true, rows: 18, lastPosition: 9 })
    const encodings = await client.query('select distinct encoding from ledger order by encoding')
    expect(encodings.rows).toEqual([{ encoding: 1 }, { encoding: 2 }])
  })

  test.each([1, 2, 40, 80])('a changed byte in the body (byte %i)', async byte => {
    const report = await found(
      `update ledger set body = set_byte(body, ${byte}, get_byte(body, ${byte}) # 1) where position = 3 and seq = 0`,
    )
    expect(report).toMatchObject({ ok: false, position: 3, seq: 0, rows: 4 })
  })

  test('a changed byte in a large body', async () => {
    const report = await found(
      `update ledger set body = set_byte(body, 99, get_byte(body, 99) # 1) where position = 5 and seq = 1`,
    )
    expect(report).toMatchObject({ ok: false, position: 5, seq: 1 })
  })

  test('a changed hash, and one of another row', async () => {
    const report = await found(`update ledger set hash = set_byte(hash, 0, get_byte(hash, 0) # 1) where position = 4`)
    expect(report).toMatchObject({ ok: false, position: 4, seq: 0, problem: expect.stringMatching(/hash/) })
  })

  test('changed columns that the body contradicts', async () => {
    expect(await found(`update ledger set type = 'NodeGone' where position = 2 and seq = 0`)).toMatchObject({
      ok: false,
      position: 2,
      problem: 'its column type says NodeGone, its body PodObserved',
    })
    await client.query(`update ledger set type = 'PodObserved' where position = 2 and seq = 0`)
    expect(await found(`update ledger set at = at + interval '1 ms' where position = 7`)).toMatchObject({
      ok: false,
      position: 7,
      problem: expect.stringMatching(/its column at says/),
    })
  })

  test('a deleted row, a deleted decision, and a deleted beginning', async () => {
    expect(await found('delete from ledger where position = 6 and seq = 1')).toMatchObject({ ok: false, position: 7 })
    expect(await found('delete from ledger where position = 6')).toMatchObject({
      ok: false,
      position: 7,
      problem: expect.stringMatching(/rows between them are missing/),
    })
    expect(await found('delete from ledger where position = 1 and seq = 0')).toMatchObject({
      ok: false,
      position: 1,
      seq: 1,
    })
  })

  test('swapped rows', async () => {
    const report = await found(`
      update ledger set position = case position when 3 then 4 when 4 then 3 end + 100 where position in (3, 4);
      update ledger set position = position - 100 where position > 100`)
    expect(report).toMatchObject({ ok: false, position: 3 })
  })

  test('another head', async () => {
    const report = await found(`update streams set head_hash = set_byte(head_hash, 3, get_byte(head_hash, 3) # 1)`)
    expect(report).toMatchObject({
      ok: false,
      position: 9,
      seq: 1,
      problem: expect.stringMatching(/stream's row says/),
    })
  })

  test('nothing, while rows are being appended', async () => {
    const { owner } = await store.takeOwnership('g', 'rollcall.events', 0, 'p2')
    let verified = false
    const verifying = store.verifyChain(cluster).finally(() => {
      verified = true
    })
    for (let position = 10; !verified; position++) {
      const steps = [podSeen(cluster, t(position), podFacts(`p${position}`, 'n1'))]
      await store.commitBatch(batch(owner, position, [streamCommit(cluster, position - 1, steps)]))
    }
    expect(await verifying).toMatchObject({ ok: true })
  })

  test('a truncated tail', async () => {
    const report = await found('delete from ledger where position > 7')
    expect(report).toMatchObject({
      ok: false,
      rows: 14,
      position: 8,
      problem: expect.stringMatching(/missing at its end/),
    })
    expect(await found('delete from ledger')).toMatchObject({ ok: false, position: 1 })
  })
})

describe('checkpoints tell of', () => {
  const signer = checkpointSigner(newCheckpointKey())
  const keys = [checkpointKey(signer.publicKey)]

  /** Signed at 9; then three more, signed at 12; one more behind that. */
  beforeEach(async () => {
    await store.signCheckpoint(cluster, signer, t(100))
    await add(10, 11, 12)
    await store.signCheckpoint(cluster, signer, t(200))
    await add(13)
  })
  async function add(...positions: number[]) {
    const { owner } = await store.takeOwnership('g', 'rollcall.events', 0, 'p2')
    for (const position of positions) {
      const steps = [podSeen(cluster, t(position), podFacts(`p${position}`, 'n1'))]
      await store.commitBatch(batch(owner, position, [streamCommit(cluster, position - 1, steps)]))
    }
  }
  const verify = (options: VerifyLedgerOptions = {}) => store.verifyChain(cluster, { keys, ...options })

  /** What somebody with all rights and without the key does: everything from `position` on is chained anew. */
  async function rewriteFrom(position: number) {
    const { rows } = await client.query('select * from ledger order by position, seq')
    let previous = chainStart
    for (const row of rows) {
      const place = { cluster, position: Number(row.position), seq: row.seq }
      let text = unpackBody({ encoding: row.encoding, bytes: row.body })
      if (place.position === position && place.seq === 0) text = text.replace('"n1"', '"n2"')
      previous = chainHash(previous, place, text)
      await client.query('update ledger set hash = $1, encoding = 0, body = $2 where position = $3 and seq = $4', [
        previous,
        Buffer.from(text),
        place.position,
        place.seq,
      ])
    }
    await client.query('update streams set head_hash = $1', [previous])
  }

  test('nothing, when nothing was changed', async () => {
    expect(await verify()).toEqual({
      ok: true,
      cluster,
      rows: 22,
      lastPosition: 13,
      archived: null,
      checkpoints: {
        count: 2,
        keys: 'given',
        newest: { position: 12, at: t(200), key: signer.keyId },
        anchors: null,
        uncovered: 1,
      },
    })
    expect(await store.verifyChain(cluster)).toMatchObject({ ok: true, checkpoints: { keys: 'recorded' } })
  })

  test('a chain that was rewritten as a whole, between which checkpoints', async () => {
    await rewriteFrom(11)
    expect(await verify()).toMatchObject({
      ok: false,
      position: 12,
      seq: 0,
      type: 'PodObserved',
      at: t(12),
      problem: expect.stringMatching(/signed another hash .* behind position 9, .* was rewritten/),
    })
    await rewriteFrom(2)
    expect(await verify()).toMatchObject({
      ok: false,
      position: 9,
      seq: 1,
      problem: expect.stringMatching(/from the start on/),
    })
  })

  test('an end that was cut off, with the head set back', async () => {
    await client.query('delete from ledger where position > 10')
    const { rows } = await client.query('select hash from ledger where position = 10')
    await client.query('update streams set last_position = 10, last_seq = 0, head_hash = $1', [rows[0].hash])
    expect(await verify()).toMatchObject({
      ok: false,
      position: 11,
      type: null,
      problem: expect.stringMatching(
        /ends at position 10, but the checkpoint of .* signed position 12: its end was cut off/,
      ),
    })
    await client.query('delete from ledger; update streams set last_position = 0, last_seq = 0')
    expect(await verify()).toMatchObject({ ok: false, position: 1 })
  })

  test('a signed row that is missing, although the rows around it fit', async () => {
    await client.query('delete from ledger where position = 9 and seq = 1')
    expect(await verify()).toMatchObject({ ok: false, position: 10 })
  })

  test('a changed, a forged, and a missing checkpoint', async () => {
    await client.query(`update checkpoints set at = at + interval '1 s' where position = 12`)
    expect(await verify()).toMatchObject({
      ok: false,
      position: 12,
      problem: expect.stringMatching(/altered, or forged/),
    })
    await client.query(
      `update checkpoints set at = at - interval '1 s' where position = 12; delete from checkpoints where position = 9`,
    )
    expect(await verify()).toMatchObject({
      ok: false,
      position: 12,
      problem: expect.stringMatching(/one between them is missing/),
    })
  })

  test('a rewritten chain that was signed with another key: only given keys show it', async () => {
    const forger = checkpointSigner(newCheckpointKey())
    await rewriteFrom(11)
    await client.query('delete from checkpoints')
    await store.signCheckpoint(cluster, forger, t(300)).catch(() => undefined)
    expect(await store.verifyChain(cluster)).toMatchObject({ ok: true, checkpoints: { keys: 'recorded' } })
    expect(await verify()).toMatchObject({
      ok: false,
      problem: expect.stringMatching(new RegExp(`key ${forger.keyId}, which is none of the keys`)),
    })
  })

  describe('that were kept outside the database tell of', () => {
    let anchors: readonly Checkpoint[]
    beforeEach(async () => {
      anchors = await store.checkpoints(cluster)
      expect(anchors.map(({ position }) => position)).toEqual([9, 12])
    })

    test('nothing, when nothing was changed, and also what was signed since', async () => {
      await store.signCheckpoint(cluster, signer, t(300))
      expect(await verify({ anchors })).toMatchObject({
        ok: true,
        checkpoints: { count: 3, uncovered: 0, anchors: { count: 2, lastPosition: 12 } },
      })
      expect(await verify({ anchors: anchors.map(anchor => ({ ...anchor, cluster: 'c2' })) })).toMatchObject({
        ok: true,
        checkpoints: { anchors: { count: 0, lastPosition: 0 } },
      })
    })

    test('an end that was cut off together with its checkpoints', async () => {
      await client.query('delete from ledger where position > 10; delete from checkpoints where position > 10')
      const { rows } = await client.query('select hash from ledger where position = 10')
      await client.query('update streams set last_position = 10, last_seq = 0, head_hash = $1', [rows[0].hash])
      expect(await verify()).toMatchObject({ ok: true })
      expect(await verify({ anchors })).toMatchObject({
        ok: false,
        position: 11,
        problem: expect.stringMatching(/but the anchor of .* signed position 12: its end was cut off, together with/),
      })
      expect(await verify({ anchors: anchors.slice(0, 1) })).toMatchObject({ ok: true })
    })

    test('a whole stream that is gone', async () => {
      await client.query('delete from ledger; delete from checkpoints; delete from streams')
      expect(await verify()).toMatchObject({ ok: true, rows: 0 })
      expect(await verify({ anchors })).toMatchObject({ ok: false, position: 1, rows: 0 })
    })

    test('a chain that was rewritten without its checkpoints', async () => {
      await rewriteFrom(11)
      await client.query('delete from checkpoints where position > 9')
      expect(await verify()).toMatchObject({ ok: true })
      expect(await verify({ anchors })).toMatchObject({
        ok: false,
        position: 12,
        problem: expect.stringMatching(/signed another hash for this row: what stands behind position 9,/),
      })
    })

    test('checkpoints that were removed though the ledger is as it was written', async () => {
      await client.query('delete from checkpoints where position > 9')
      expect(await verify()).toMatchObject({ ok: true })
      expect(await verify({ anchors })).toMatchObject({
        ok: false,
        position: 12,
        problem: expect.stringMatching(/checkpoints were removed/),
      })
    })

    test('an anchor that was forged', async () => {
      const forged = anchors.map(anchor => ({ ...anchor, at: anchor.at + 1 }))
      expect(await verify({ anchors: forged })).toMatchObject({
        ok: false,
        position: 9,
        problem: expect.stringMatching(/the anchor was altered, or forged/),
      })
    })
  })

  test('nothing after the key was changed, as long as both are trusted', async () => {
    const second = checkpointSigner(newCheckpointKey())
    await store.signCheckpoint(cluster, second, t(300))
    expect(await verify({ keys: [...keys, checkpointKey(second.publicKey)] })).toMatchObject({
      ok: true,
      checkpoints: { count: 3, uncovered: 0, newest: { key: second.keyId } },
    })
    expect(await verify()).toMatchObject({ ok: false, position: 13 })
  })

  test('a part of the ledger is verified alone, from the checkpoint before it', async () => {
    expect(await verify({ from: 11 })).toMatchObject({ ok: true, rows: 4, lastPosition: 13 })
    expect(await verify({ from: 4, to: 6 })).toMatchObject({ ok: true, rows: 6, lastPosition: 6 })
    await client.query(`update ledger set at = at + interval '1 ms' where position = 7`)
    expect(await verify({ from: 10 })).toMatchObject({ ok: true })
    expect(await verify({ to: 6 })).toMatchObject({ ok: true })
    expect(await verify({ from: 5, to: 8 })).toMatchObject({ ok: false, position: 7 })
  })
})
