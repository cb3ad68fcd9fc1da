/**
 * How fast the loop is on a real Kafka and a real Postgres, with the real core and clusters that exist as events only.
 *
 *   pnpm exec node services/reconciler/bench/loop.ts [--nodes 1000] [--daemonsets 10] [--clusters 1] [--touches 20000]
 *
 * 1. from the list of each cluster to its last pod's event in the ledger; 2. node events that lead to nothing;
 * 3. the process gone, a new one: until it has decided again, from the newest snapshot and the ledger behind it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKafkaEventLog } from '@rollcall/event-log'
import { startKafka, startPostgres } from '@rollcall/infra'
import { createLogger, systemClock, systemTimers, wait } from '@rollcall/service'
import { createPostgresStore, migrate } from '@rollcall/store'
import { daemonsetCore } from '../src/daemonset-core.ts'
import type { BatchFigures, ReconcilerMetrics } from '../src/ports.ts'
import { startReconciler } from '../src/reconciler.ts'
import { silentMetrics } from '../src/silent-metrics.ts'
import { createSyntheticCluster } from '../src/testing/synthetic-cluster.ts'
import { appendEvents, startSyntheticExecutor } from '../src/testing/synthetic-executor.ts'

function option(name: string, standard: number): number {
  const index = process.argv.indexOf(`--${name}`)
  return index < 0 ? standard : Number(process.argv[index + 1])
}

const nodes = option('nodes', 1_000)
const daemonSets = option('daemonsets', 10)
const touches = option('touches', 20_000)
const names = Array.from({ length: option('clusters', 1) }, (_, index) => `bench-${index}`)

const dir = mkdtempSync(join(tmpdir(), 'rollcall-bench-'))
const kafka = await startKafka({ dir: join(dir, 'kafka'), via: 'native' })
const postgres = await startPostgres({ dir: join(dir, 'postgres'), via: 'native' })
await migrate(postgres.url)
const say = (line: string) => process.stdout.write(`${line}\n`)
const ms = (value: number) => `${Math.round(value)} ms`

function record() {
  const batches: BatchFigures[] = []
  const counts = { folded: 0, decisions: 0, restoredMs: 0, restoredEntries: 0, snapshotMs: 0, snapshots: 0 }
  const metrics: ReconcilerMetrics = {
    ...silentMetrics,
    batch: (_, figures) => batches.push(figures),
    folded: (_, count) => {
      counts.folded += count
    },
    decided: count => {
      counts.decisions += count
    },
    restored: (entries, seconds) => {
      counts.restoredMs = Math.max(counts.restoredMs, seconds * 1_000)
      counts.restoredEntries += entries
    },
    snapshot: seconds => {
      counts.snapshots++
      counts.snapshotMs = Math.max(counts.snapshotMs, seconds * 1_000)
    },
  }
  return { batches, counts, metrics }
}

async function start(name: string) {
  const recorded = record()
  const log = createKafkaEventLog({ brokers: kafka.brokers, clientId: name, sessionTimeoutMs: 6_000 })
  const store = createPostgresStore({ url: postgres.url, applicationName: name })
  const logger = createLogger({ service: name, level: 'warn' })
  const reconciler = await startReconciler({
    log,
    store,
    core: daemonsetCore,
    clock: systemClock,
    timers: systemTimers,
    random: Math.random,
    logger,
    metrics: recorded.metrics,
    process: name,
  })
  return { ...recorded, reconciler, log, store }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await wait(systemTimers, 5)
}

function sum(batches: readonly BatchFigures[], what: 'records' | 'foldMs' | 'commitMs'): number {
  return batches.reduce((total, figures) => total + figures[what], 0)
}

const cpu = () => process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000

const log = createKafkaEventLog({ brokers: kafka.brokers, clientId: 'bench' })
await log.ensureTopics()
const clusters = names.map(name => createSyntheticCluster(name, { nodes, daemonSets }, systemClock.now))
const executor = await startSyntheticExecutor(log, clusters)
const first = await start('first')
await until(() => first.reconciler.partitions().length === 12)

const pods = names.length * nodes * daemonSets
say(`${names.length} cluster(s) of ${nodes} nodes and ${daemonSets} DaemonSets: ${pods} pods`)
let begun = performance.now()
let cpuBegun = cpu()
for (const cluster of clusters) await appendEvents(log, cluster.listed())
await until(() => clusters.reduce((total, cluster) => total + cluster.podCount(), 0) === pods)
const created = performance.now() - begun
// Each pod's creation comes back as an outcome and an observation.
await until(() => first.counts.folded >= 2 * pods)
const rollout = performance.now() - begun
say(
  `rollout: last pod created after ${ms(created)}, folded after ${ms(rollout)}: ${Math.round(first.counts.folded / (rollout / 1_000))} events/s`,
)
say(
  `  ${first.batches.length} commits, ${sum(first.batches, 'records')} records; folding and deciding ${ms(sum(first.batches, 'foldMs'))}, committing ${ms(sum(first.batches, 'commitMs'))}`,
)
say(`  CPU of this process (reconciler, its log client, and the synthetic executor): ${ms(cpu() - cpuBegun)}`)

const before = first.counts.folded
const batchesBefore = first.batches.length
begun = performance.now()
cpuBegun = cpu()
for (let index = 0; index < touches; index += 1_000) {
  const events = Array.from({ length: Math.min(1_000, touches - index) }, (_, offset) => {
    return (clusters[(index + offset) % clusters.length] ?? clusters[0])?.touchNode(index + offset)
  })
  await appendEvents(
    log,
    events.filter(event => event !== undefined),
  )
}
await until(() => first.counts.folded >= before + touches)
const touched = performance.now() - begun
const since = first.batches.slice(batchesBefore)
say(
  `node events: ${touches} in ${ms(touched)}: ${Math.round(touches / (touched / 1_000))} events/s; CPU ${ms(cpu() - cpuBegun)}`,
)
say(
  `  ${since.length} commits; folding and deciding ${ms(sum(since, 'foldMs'))}, committing ${ms(sum(since, 'commitMs'))}`,
)
say(`snapshots: ${first.counts.snapshots}, the longest ${ms(first.counts.snapshotMs)}`)

// As if killed: no snapshot at the end.
await first.log.close()
await first.store.close()
begun = performance.now()
const second = await start('second')
await until(() => second.reconciler.partitions().length === 12)
const owned = performance.now() - begun
for (const cluster of clusters) await appendEvents(log, [cluster.touchNode(0)])
await until(() => second.counts.folded >= clusters.length)
say(
  `restart: partitions owned after ${ms(owned)}, a new event decided and committed after ${ms(performance.now() - begun)}`,
)
say(
  `  loading a stream took ${ms(second.counts.restoredMs)} at most; ${second.counts.restoredEntries} ledger entries folded behind snapshots`,
)
begun = performance.now()
await second.reconciler.stop()
say(
  `graceful stop with snapshots: ${ms(performance.now() - begun)}; ${second.counts.snapshots} snapshots, the longest ${ms(second.counts.snapshotMs)}`,
)

await executor.close()
await log.close()
await second.log.close()
await second.store.close()
await kafka.stop()
await postgres.stop()
rmSync(dir, { recursive: true, force: true })
