import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Command, commandCodec, type Event, topics } from '@rollcall/contracts'
import { createKafkaEventLog, type EventLog } from '@rollcall/event-log'
import { type Kafka, type Postgres, startKafka, startPostgres } from '@rollcall/infra'
import { createMemoryLogger, systemClock, systemTimers } from '@rollcall/service'
import { createPostgresStore, type LedgerEntry, migrate, type PostgresStore } from '@rollcall/store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startReconciler } from './reconciler.ts'
import type { ReconcilerSettings } from './settings.ts'
import { silentMetrics } from './silent-metrics.ts'
import { nodeObserved, settled } from './testing/events.ts'
import { type Faults, faultyLog, faultyStore, noFaults } from './testing/faulty.ts'
import { appendEvents } from './testing/synthetic-executor.ts'
import { createToyCore } from './testing/toy-core.ts'
import { until } from './testing/until.ts'

/** The loop on a real broker and a real database, fed with synthetic events; the toy core, so that only the loop is tried. */

const dir = mkdtempSync(join(tmpdir(), 'rollcall-reconciler-'))
let kafka: Kafka
let postgres: Postgres
beforeAll(async () => {
  ;[kafka, postgres] = await Promise.all([
    startKafka({ dir: join(dir, 'kafka'), via: 'native' }),
    startPostgres({ dir: join(dir, 'postgres'), via: 'native' }),
  ])
  await migrate(postgres.url)
}, 300_000)
afterAll(async () => {
  await kafka?.stop()
  await postgres?.stop()
  rmSync(dir, { recursive: true, force: true })
}, 60_000)

/** Its patience outlasts any takeover: an outcome that comes after it would count as nothing. */
const core = createToyCore({ patienceMs: 3_600_000 })
let names = 0

/** A reconciler with its own connections, as a process has. */
async function start(settings: Partial<ReconcilerSettings> = {}) {
  const process = `reconciler-${++names}`
  const faults: Faults = noFaults()
  const logger = createMemoryLogger()
  const log = newLog(process)
  const store = createPostgresStore({ url: postgres.url, applicationName: process })
  const ports = {
    log: faultyLog(log, faults),
    store: faultyStore(store, faults),
    core,
    clock: systemClock,
    timers: systemTimers,
    random: Math.random,
    logger,
    metrics: silentMetrics,
    process,
  }
  const reconciler = await startReconciler(ports, {
    verifyEvery: 5,
    snapshotEvery: 500,
    snapshotShareMax: 1,
    ...settings,
  })
  const said = () => logger.lines.filter(({ level }) => level === 'error').map(line => line.message)
  const close = async () => {
    await reconciler.stop()
    await log.close()
    await store.close()
  }
  return { reconciler, said, close, faults }
}

function newLog(clientId: string): EventLog {
  return createKafkaEventLog({ brokers: kafka.brokers, clientId, partitions: 4, sessionTimeoutMs: 6_000 })
}

async function ledgerOf(store: PostgresStore, cluster: string): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = []
  for await (const entry of store.readLedger(cluster)) entries.push(entry)
  return entries
}

const eventsIn = (entries: readonly LedgerEntry[]) => entries.filter(({ kind }) => kind === 'event').length
const commandsIn = (entries: readonly LedgerEntry[]) =>
  entries.flatMap(entry => (entry.kind === 'decision' ? entry.point.commands : []))

/** Reads the commands topic, and answers each command with its outcome, once. */
async function execute(log: EventLog) {
  const seen = new Map<string, Command>()
  let deliveries = 0
  const subscription = await log.subscribe({
    topic: topics.commands,
    group: 'test-executor',
    consumer: {
      assigned: async () => null,
      async batch({ records }) {
        const fresh = new Map<string, Command>()
        for (const { value } of records) {
          const read = commandCodec.decode(value)
          if (!read.ok) throw new Error(read.failure.reason)
          deliveries++
          if (!seen.has(read.value.id)) fresh.set(read.value.id, read.value)
        }
        await appendEvents(
          log,
          [...fresh.values()].map(command => settled(command, Date.now())),
        )
        // Only now: where they could not be appended, the batch comes again.
        for (const [id, command] of fresh) seen.set(id, command)
      },
      revoked: async () => undefined,
    },
  })
  return { seen, deliveries: () => deliveries, close: () => subscription.close() }
}

function refoldedFingerprint(cluster: string, entries: readonly LedgerEntry[]): string {
  const state = core.createState(cluster)
  for (const entry of entries) {
    if (entry.kind === 'decision') core.applyDecision(state, entry.point)
    else expect(core.evolve(state, entry.event)).not.toBe(null)
  }
  return core.fingerprint(state)
}

const clusters = ['north', 'east', 'south', 'west', 'centre', 'moon']
const nodesPerRound = 200
const round = (number: number): Event[] =>
  Array.from({ length: nodesPerRound }, (_, index) => index).flatMap(index =>
    clusters.map(cluster => nodeObserved(cluster, `n${index}`, number * 1_000 + index, Date.now())),
  )

test('thousands of events through crashes and rebalances: each counts once, each command goes out, and refolding agrees', async () => {
  const log = newLog('test')
  const store = createPostgresStore({ url: postgres.url, applicationName: 'test' })
  await log.ensureTopics()
  const executor = await execute(log)
  const expected = async (rounds: number) => {
    const count = rounds * nodesPerRound * 2
    for (const cluster of clusters) {
      await until(`${cluster} has ${count} events (nodes and outcomes)`, async () => {
        return eventsIn(await ledgerOf(store, cluster)) === count
      })
    }
  }

  const first = await start()
  await appendEvents(log, round(1))
  await expected(1)

  // A second one joins while events come: partitions move, in the middle of the work.
  const joining = start()
  await appendEvents(log, round(2))
  const second = await joining
  await until(
    'they share the partitions',
    () => first.reconciler.partitions().length === 2 && second.reconciler.partitions().length === 2,
  )
  await appendEvents(log, round(3))
  await expected(3)

  // The first one is cut off from everything in the middle of a round, and leaves.
  await appendEvents(log, round(4).slice(0, 600))
  first.faults.isDead = true
  await appendEvents(log, round(4).slice(600))
  await first.close()
  await until('the second has all partitions', () => second.reconciler.partitions().length === 4)
  await expected(4)

  // The database goes away and comes back.
  await appendEvents(log, round(5).slice(0, 300))
  await postgres.kill()
  await appendEvents(log, round(5).slice(300))
  await until('it is said', () => second.reconciler.checks.streams() !== null)
  await postgres.restart()
  await expected(5)
  await second.close()

  // A new process over the same record: nothing is published anew, and the state is the same.
  const third = await start()
  await until('it has all', () => third.reconciler.partitions().length === 4)
  await appendEvents(log, round(6))
  await expected(6)
  await third.reconciler.stop()

  for (const cluster of clusters) {
    const entries = await ledgerOf(store, cluster)
    const commands = commandsIn(entries)
    expect(new Set(commands.map(({ id }) => id)).size).toBe(6 * nodesPerRound)
    expect(commands.every(({ id }) => executor.seen.has(id))).toBe(true)
    const { snapshot, lastPosition } = await store.loadStream(cluster)
    expect(snapshot?.position).toBe(lastPosition)
    expect(snapshot?.fingerprint).toBe(refoldedFingerprint(cluster, entries))
  }
  // What was delivered to the executor more than once was published by two owners; it is little.
  const total = 6 * nodesPerRound * clusters.length
  expect([executor.seen.size, executor.deliveries() < total * 1.5]).toEqual([total, true])
  expect([...second.said(), ...third.said()]).toEqual([])
  await executor.close()
  await third.close()
  await log.close()
  await store.close()
})
