import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { collect, eventsTopic } from '../contract-suite/harness.ts'
import { createPostgresStore, migrate, type PostgresStore, StaleOwnerError, StoreError } from '../index.ts'
import { batch, createPod, decided, podFacts, podSeen, streamCommit, t } from '../testing/fixtures.ts'
import { startTestServer, type TestServer } from '../testing/server.ts'
import { startStallingProxy } from '../testing/stalling-proxy.ts'

let server: TestServer
let admin: pg.Pool
let url: string
let databases = 0
beforeAll(async () => {
  // What was committed must survive a kill.
  server = await startTestServer({ durable: true })
  admin = new pg.Pool({ connectionString: server.url, max: 2 })
  admin.on('error', () => undefined)
})
afterAll(async () => {
  await admin.end()
  await server.remove()
})
beforeEach(async () => {
  url = await server.createDatabase(`faults_${databases++}`)
  await migrate(url)
})

const open = (more: object = {}): PostgresStore =>
  createPostgresStore({ url, applicationName: 'faults', statementTimeoutMs: 2_000, connectTimeoutMs: 2_000, ...more })

const cluster = 'c1'
const commitAt = (owner: Parameters<typeof batch>[0], position: number) =>
  batch(owner, position, [
    streamCommit(cluster, position - 1, [podSeen(cluster, t(position), podFacts(`p${position}`, 'n1'))], {
      decisionPoint: decided(position, [createPod(cluster, position, 'n1')]),
    }),
  ])

/** As a reconciler does: commits one batch after another, and after an unknown answer asks what is there. */
async function commitUntil(
  store: PostgresStore,
  lastPosition: number,
  { onFailure, onCommit }: { onFailure: (error: StoreError) => void; onCommit?: () => void },
) {
  let owner = null
  let position = 0
  while (position < lastPosition) {
    try {
      if (owner === null) {
        const taken = await store.takeOwnership('g', eventsTopic, 0, 'p1')
        owner = taken.owner
        position = Number(taken.nextOffset ?? 0n)
        continue
      }
      await store.commitBatch(commitAt(owner, position + 1))
      position++
      onCommit?.()
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'unreachable') throw error
      onFailure(error)
      owner = null
    }
  }
}

async function expectWhole(store: PostgresStore, lastPosition: number) {
  expect(await store.verifyChain(cluster)).toMatchObject({ ok: true, rows: 2 * lastPosition, lastPosition })
  const entries = await collect(store.readLedger(cluster))
  expect(entries.filter(({ kind }) => kind === 'event').map(({ position }) => position)).toEqual(
    Array.from({ length: lastPosition }, (_, index) => index + 1),
  )
  expect(await store.unpublishedCommands([cluster])).toHaveLength(lastPosition)
  const { nextOffset } = await store.takeOwnership('g', eventsTopic, 0, 'p2')
  expect(nextOffset).toBe(BigInt(lastPosition))
}

describe('faults', () => {
  test('connections cut at any moment: nothing is lost, nothing is there twice', async () => {
    const store = open()
    const failures: StoreError[] = []
    const cuts: Promise<unknown>[] = []
    const cut = (waitMs = 0) =>
      admin.query(`select pg_terminate_backend(pid, ${waitMs}) from pg_stat_activity where application_name = 'faults'`)
    // After every third commit on average, at some moment of the next ones: a commit takes a few milliseconds.
    const onCommit = () => {
      if (Math.random() < 0.3) cuts.push(setTimeout(Math.random() * 6).then(() => cut()))
    }
    await commitUntil(store, 200, { onFailure: error => failures.push(error), onCommit })
    await Promise.all(cuts)
    await cut(5_000) // The last one waits until they are gone: no cut falls into what is looked at next.
    expect(failures.length).toBeGreaterThan(10)
    await expect.poll(() => store.healthy()).toBe(true)
    await expectWhole(store, 200)
    await store.close()
  })

  test('the server is killed and comes back: the store heals by itself', async () => {
    const store = open()
    let failures = 0
    const committing = commitUntil(store, 600, { onFailure: () => failures++ })
    for (let kill = 0; kill < 2; kill++) {
      const before = (await store.loadStream(cluster)).lastPosition
      await expect.poll(() => lastPosition(store), { interval: 5, timeout: 20_000 }).toBeGreaterThan(before + 50)
      await server.kill()
      expect(await store.healthy()).toBe(false)
      await server.restart()
    }
    await committing
    expect(failures).toBeGreaterThan(0)
    expect(await store.healthy()).toBe(true)
    await expectWhole(store, 600)
    await store.close()
  })

  test('a server that hangs is unreachable within the timeout, and used again when it goes on', async () => {
    const store = open({ statementTimeoutMs: 300 })
    const { owner } = await store.takeOwnership('g', eventsTopic, 0, 'p1')
    await store.commitBatch(commitAt(owner, 1))
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query('begin')
    await client.query('lock table ledger in access exclusive mode')
    await expect(store.commitBatch(commitAt(owner, 2))).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/took too long over a statement/),
    })
    await client.query('rollback')
    await client.end()
    await store.commitBatch(commitAt(owner, 2))
    await expectWhole(store, 2)
    await store.close()
  })

  test('an owner that hangs within its transaction does not keep the partition for ever', async () => {
    const hanging = open({ statementTimeoutMs: 500 })
    const next = open({ statementTimeoutMs: 10_000 })
    const { owner } = await hanging.takeOwnership('g', eventsTopic, 0, 'p1')
    await hanging.commitBatch(commitAt(owner, 1))
    // What a process leaves that stops in the middle of a commit: a session with the partition's row locked.
    const client = new pg.Client({ connectionString: url, idle_in_transaction_session_timeout: 500 })
    client.on('error', () => undefined)
    await client.connect()
    await client.query('begin')
    await client.query('update partition_owners set next_offset = next_offset')
    const taken = await next.takeOwnership('g', eventsTopic, 0, 'p2')
    expect(taken).toMatchObject({ owner: { epoch: 2 }, nextOffset: 1n })
    await expect(hanging.commitBatch(commitAt(owner, 2))).rejects.toThrow(StaleOwnerError)
    await client.end()
    await hanging.close()
    await next.close()
  })

  test('once no lease is held, no timer is left that would keep a process from ending', async () => {
    const armed = new Set<() => void>()
    const timers = {
      after(_ms: number, run: () => void) {
        armed.add(run)
        return () => void armed.delete(run)
      },
    }
    const store = open({ timers })
    const lease = await store.tryLease('watch')
    expect(armed.size).toBe(1)
    await lease?.release()
    expect(armed.size).toBe(0)
    await store.tryLease('watch')
    await store.close()
    expect(armed.size).toBe(0)
  })

  test('a lease is lost when its server goes dead without a word', async () => {
    const proxy = await startStallingProxy(url)
    const store = open({ url: proxy.url, leaseCheckMs: 100 })
    const lease = await store.tryLease('watch')
    if (!lease) throw new Error('a lease')
    const lost = new Promise(resolve => lease.lost.addEventListener('abort', resolve))
    proxy.stall()
    await lost
    await expect(store.tryLease('watch')).rejects.toMatchObject({ code: 'unreachable' })
    proxy.resume()
    await expect.poll(() => store.tryLease('watch'), { timeout: 20_000 }).not.toBeNull()
    await store.close()
    await proxy.close()
  })

  test('a commit whose answer never comes is unreachable, and whether it took effect is found out', async () => {
    const proxy = await startStallingProxy(url)
    const store = open({ url: proxy.url, statementTimeoutMs: 200, answerTimeoutMs: 400 })
    const { owner } = await store.takeOwnership('g', eventsTopic, 0, 'p1')
    await store.commitBatch(commitAt(owner, 1))
    proxy.stall()
    await expect(store.commitBatch(commitAt(owner, 2))).rejects.toMatchObject({ code: 'unreachable' })
    expect(await store.healthy()).toBe(false)
    proxy.resume()
    await expect.poll(() => store.healthy(), { timeout: 20_000 }).toBe(true)
    const taken = await store.takeOwnership('g', eventsTopic, 0, 'p1')
    const next = Number(taken.nextOffset)
    await store.commitBatch(commitAt(taken.owner, next + 1))
    await expectWhole(store, next + 1)
    await store.close()
    await proxy.close()
  })

  test('a deadlock with somebody else is worth another try', async () => {
    const store = open({ statementTimeoutMs: 10_000 })
    const { owner } = await store.takeOwnership('g', eventsTopic, 0, 'p1')
    await store.commitBatch(commitAt(owner, 1))
    const client = new pg.Client({ connectionString: url, options: '-c deadlock_timeout=10s' })
    await client.connect()
    await client.query('begin')
    await client.query('lock table ledger in access exclusive mode')
    const committing = store.commitBatch(commitAt(owner, 2)).catch((error: unknown) => error)
    await expect.poll(() => waiting(), { interval: 20 }).toBeGreaterThan(0)
    await client.query('update partition_owners set process = process')
    expect(await committing).toMatchObject({ code: 'unreachable', message: expect.stringMatching(/40P01/) })
    await client.query('commit')
    await client.end()
    await store.commitBatch(commitAt(owner, 2))
    await store.close()
  })
})

async function lastPosition(store: PostgresStore): Promise<number> {
  return (await store.loadStream(cluster)).lastPosition
}

async function waiting(): Promise<number> {
  const { rows } = await admin.query(
    `select count(*)::int as waiting from pg_stat_activity where application_name = 'faults' and wait_event_type = 'Lock'`,
  )
  return rows[0].waiting
}
