import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createChurn } from '../../bench/churn.ts'
import { createPostgresStore, migrate, noRole, type PostgresStore, type StreamCommit } from '../index.ts'
import { startTestServer, type TestServer } from '../testing/server.ts'

let server: TestServer
let store: PostgresStore
let client: pg.Client
let databases = 0
const [cluster, other] = ['c1', 'c2']

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

const histories = new Map([cluster, other].map(name => [name, history(name)]))

function history(name: string): StreamCommit[] {
  const churn = createChurn(name, { nodes: 20, inFlight: 12 })
  return Array.from({ length: 60 }, (_, index) => churn.next(1 + (index % 20)))
}

async function* refold(name: string): AsyncGenerator<StreamCommit> {
  yield* histories.get(name) ?? []
}

beforeEach(async () => {
  const url = await server.createDatabase(`compare_${databases++}`)
  await migrate(url)
  store = createPostgresStore({ url, role: noRole, poolSize: 2 })
  const { owner } = await store.takeOwnership('g', 'rollcall.events', 0, 'p1')
  for (const [index, commits] of [...histories.values()].entries()) {
    for (const commit of commits) {
      await store.commitBatch({ owner, nextOffset: BigInt(index), streams: [commit], deadLetters: [] })
    }
  }
  client = new pg.Client({ connectionString: url })
  await client.connect()
  return async () => {
    await client.end()
    await store.close()
  }
})

const compared = (name = cluster) => store.compareProjections(name, { refold })
const found = async (text: string) => {
  await client.query(text)
  return compared()
}

describe('projections held against the ledger', () => {
  test('nothing differs when nothing was changed, whatever was published, for each cluster alone', async () => {
    const waiting = await store.unpublishedCommands([cluster])
    await store.markPublished(waiting.slice(1).map(({ id }) => id))
    const { rows } = await client.query('select last_position::int as last from streams order by cluster')
    expect(await compared()).toEqual({ cluster, lastPosition: rows[0].last, differences: [] })
    expect(await compared(other)).toEqual({ cluster: other, lastPosition: rows[1].last, differences: [] })
    expect(await compared('nowhere')).toMatchObject({ lastPosition: 0, differences: [] })
  })

  test('a changed placement is told by its key, and what it says', async () => {
    const { rows } = await client.query(
      `select pod_uid, node, opened_position::int as opened from placements where cluster = '${cluster}'
       order by opened_position offset 3 limit 1`,
    )
    const { pod_uid, node, opened } = rows[0]
    const report = await found(`update placements set node = 'elsewhere' where pod_uid = '${pod_uid}'`)
    expect(report.differences).toMatchObject([
      {
        table: 'placements',
        rows: 1,
        position: opened,
        key: { cluster, pod_uid, opened_position: opened },
        columns: ['node'],
        recorded: { node: 'elsewhere' },
        rebuilt: { node },
      },
    ])
    expect(await compared(other)).toMatchObject({ differences: [] })
  })

  test.each([
    ['decisions', 'position', `rule = 'made-up'`, 'rule'],
    ['commands', 'position', `settled_result = 'refused', settled_position = 1`, 'settled_position'],
    ['nodes', 'first_position', `facts = jsonb_set(facts, '{ready}', '"maybe"')`, 'facts'],
    ['daemonsets', 'first_position', `gone_at = now()`, 'gone_at'],
    ['placements', 'opened_position', `opened_at = opened_at - interval '1 ms'`, 'opened_at'],
    ['streams', 'last_position', `mode = 'observe'`, 'mode'],
  ])('a change in %s', async (table, position, change, column) => {
    const { differences } = await found(
      `update ${table} set ${change} where ctid in (
         select ctid from ${table} where cluster = '${cluster}' order by ${position} limit 1)`,
    )
    expect(differences).toMatchObject([{ table, rows: 1, columns: expect.arrayContaining([column]) }])
  })

  test('rows that are missing, and rows that were put in: the first, and how many', async () => {
    const missing = await found(`delete from decisions where cluster = '${cluster}' and position > 40`)
    const [first] = missing.differences
    expect(first).toMatchObject({ table: 'decisions', recorded: null, rebuilt: { cluster } })
    expect(first?.position).toBeGreaterThan(40)
    expect(first?.rows).toBeGreaterThan(1)

    const putIn = await found(`
      insert into intents (cluster, id, position, at, type, asked_by, via, body)
      values ('${cluster}', 'i1', 1, now(), 'PauseAsked', 'nobody', 'cli', '{}')`)
    expect(putIn.differences).toMatchObject([
      { table: 'intents', rows: 1, key: { cluster, id: 'i1' }, rebuilt: null },
      { table: 'decisions' },
    ])
  })

  test('it changes nothing, and commits go on meanwhile', async () => {
    const counts = async () =>
      (await client.query('select (select count(*) from placements) p, (select count(*) from decisions) d')).rows[0]
    const before = await counts()
    const { owner } = await store.takeOwnership('g', 'rollcall.events', 0, 'p2')
    const report = await store.compareProjections(cluster, {
      async *refold(name) {
        await store.commitOffset(owner, 99n)
        await client.query(`update placements set phase = 'Later' where cluster = '${cluster}'`)
        yield* refold(name)
      },
    })
    expect(report.differences).toEqual([])
    expect(await counts()).toEqual(before)
  })

  test('a ledger that lacks its beginning is no answer', async () => {
    await client.query('delete from ledger where position < 9')
    const told = store.compareProjections(cluster, {
      async *refold(name, entries) {
        for await (const _ of entries) break
        yield* refold(name)
      },
    })
    await expect(told).rejects.toThrow(/of c1 begins at position 9: .* cannot be rebuilt/)
  })

  test('a ledger that folds to less than it should is no answer', async () => {
    await expect(
      store.compareProjections(cluster, {
        async *refold(name) {
          yield* (histories.get(name) ?? []).slice(0, 9)
        },
      }),
    ).rejects.toThrow(/folds to here, but should to/)
  })
})
