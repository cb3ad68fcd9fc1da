import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createPostgresStore, migrate, type PostgresStore } from './index.ts'
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
    expect(await store.verifyChain(cluster)).toEqual({ ok: true, cluster, rows: 18, lastPosition: 9 })
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
