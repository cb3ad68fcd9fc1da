import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createChurn } from '../../bench/churn.ts'
import { createMemoryStore, createPostgresStore, migrate, noRole, type Store, type StreamCommit } from '../index.ts'
import { startTestServer, type TestServer } from '../testing/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

const cluster = 'c1'
const tables = ['placements', 'decisions', 'commands', 'nodes', 'daemonsets', 'revisions', 'streams']

/** A history of 3,000 events in small batches, as a reconciler would commit it. */
function history(): StreamCommit[] {
  const churn = createChurn(cluster, { nodes: 20, inFlight: 12 })
  return Array.from({ length: 300 }, (_, index) => churn.next(1 + (index % 20)))
}

async function commitInGroups(store: Store, commits: readonly StreamCommit[], size: number) {
  const { owner } = await store.takeOwnership('g', 'rollcall.events', 0, 'p1')
  for (let index = 0; index < commits.length; index += size) {
    const streams = commits.slice(index, index + size)
    await store.commitBatch({ owner, nextOffset: BigInt(index), streams, deadLetters: [] })
  }
}

async function* each<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values
}

async function contentOf(url: string): Promise<Record<string, string[]>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const content: Record<string, string[]> = {}
  for (const table of tables) {
    const { rows } = await client.query(`select to_jsonb(t)::text as row from ${table} t order by 1`)
    content[table] = rows.map(({ row }) => row)
  }
  await client.end()
  return content
}

describe('projections', () => {
  test('are the same however the history was cut into batches, after a rebuild, and in memory', async () => {
    const commits = history()
    const urls = [await server.createDatabase('one_by_one'), await server.createDatabase('in_groups')]
    const contents = []
    for (const [index, url] of urls.entries()) {
      await migrate(url)
      const store = createPostgresStore({ url, role: noRole })
      await commitInGroups(store, commits, index === 0 ? 1 : 17)
      const before = await contentOf(url)
      await store.rebuildProjections(cluster, each(commits))
      expect(await contentOf(url)).toEqual(before)
      contents.push(before)
      await store.close()
    }
    expect(contents[0]).toEqual(contents[1])
    for (const table of tables.filter(name => name !== 'revisions'))
      expect(contents[0]?.[table]?.length).toBeGreaterThan(0)

    const memory = createMemoryStore()
    await commitInGroups(memory, commits, 5)
    const inMemory = memory.tables.placements.map(({ podUid, openedAt, closedAt, closeCause }) => [
      podUid,
      openedAt,
      closedAt,
      closeCause,
    ])
    const inPostgres = contents[0]?.placements?.map(row => {
      const { pod_uid, opened_at, closed_at, close_cause } = JSON.parse(row)
      return [pod_uid, Date.parse(opened_at), closed_at === null ? null : Date.parse(closed_at), close_cause]
    })
    expect(inMemory.sort()).toEqual(inPostgres?.sort())
  })

  test('when commands were published outlives a rebuild', async () => {
    const url = await server.createDatabase('published')
    await migrate(url)
    const store = createPostgresStore({ url, role: noRole })
    const commits = history().slice(0, 40)
    await commitInGroups(store, commits, 1)
    const waiting = await store.unpublishedCommands([cluster])
    await store.markPublished(waiting.slice(1).map(({ id }) => id))
    await store.rebuildProjections(cluster, each(commits))
    expect(await store.unpublishedCommands([cluster])).toEqual(waiting.slice(0, 1))
    await store.close()
  })

  test('a history that is not that of the ledger changes nothing', async () => {
    const url = await server.createDatabase('foreign')
    await migrate(url)
    const store = createPostgresStore({ url, role: noRole })
    const commits = history().slice(0, 30)
    await commitInGroups(store, commits, 1)
    const before = await contentOf(url)
    await expect(store.rebuildProjections(cluster, each(commits.slice(0, 20)))).rejects.toThrow(
      /not that of the ledger/,
    )
    const altered = commits.map((commit, index) =>
      index === 7
        ? { ...commit, events: commit.events.map(folded => ({ ...folded, event: { ...folded.event, at: 1 } })) }
        : commit,
    )
    await expect(store.rebuildProjections(cluster, each(altered))).rejects.toThrow(/not that of the ledger/)
    expect(await contentOf(url)).toEqual(before)
    await store.close()
  })
})
