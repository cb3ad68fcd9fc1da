import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { createKafkaEventLog } from '@rollcall/event-log'
import { startKafka, startPostgres } from '@rollcall/infra'
import { createLogger, systemClock, systemTimers, wait } from '@rollcall/service'
import { createPostgresStore, migrate, type Store } from '@rollcall/store'
import { daemonsetCore } from '../../services/reconciler/src/daemonset-core.ts'
import { startReconciler } from '../../services/reconciler/src/reconciler.ts'
import { silentMetrics } from '../../services/reconciler/src/silent-metrics.ts'
import type { Measure } from './aims.ts'

export type SustainedOptions = {
  readonly eventsPerSecond: number
  readonly seconds: number
  readonly clusters: number
  readonly nodes: number
  readonly daemonSets: number
  /** Settings of Postgres, by their names in postgresql.conf. */
  readonly settings: Readonly<Record<string, string | number>>
  readonly say: (line: string) => void
}

/** What the fleet's thread is given, and what it says. */
export type Asked = {
  readonly brokers: readonly string[]
  readonly clusters: readonly string[]
  readonly nodes: number
  readonly daemonSets: number
}
export type Told =
  | { readonly what: 'settled'; readonly pods: number }
  | { readonly what: 'played'; readonly events: number }

/** The rate is that of the time after this one, while events are still told. */
const warmUpMs = 2_000
/** Everything is committed when so long nothing came. */
const quietMs = 3_000

/**
 * From Kafka to the committed ledger and its projections: one reconciler with the real core, a Kafka and a Postgres of their own
 * that wait for the disk. Half of the events are pods that become ready or unready, half nodes with a new label; what is decided
 * on them (status) comes back as outcomes and is counted, too. Kept up with is what was told: tell more than is aimed at. The delay is from an event's `at`, when its writer made it, to the
 * end of the commit that holds it.
 */
export async function measureSustained(options: SustainedOptions): Promise<Measure[]> {
  const { eventsPerSecond, seconds, nodes, daemonSets, say } = options
  const dir = mkdtempSync(join(tmpdir(), 'rollcall-bench-'))
  const kafka = await startKafka({ dir: join(dir, 'kafka'), via: 'native' })
  const postgres = await startPostgres({ dir: join(dir, 'postgres'), via: 'native', settings: options.settings })
  try {
    await migrate(postgres.url)
    const log = createKafkaEventLog({ brokers: kafka.brokers, clientId: 'bench' })
    await log.ensureTopics()
    const commits = countCommits(createPostgresStore({ url: postgres.url, applicationName: 'bench' }))
    const reconciler = await startReconciler({
      log,
      store: commits.store,
      core: daemonsetCore,
      clock: systemClock,
      timers: systemTimers,
      random: Math.random,
      logger: createLogger({ service: 'bench', level: 'warn' }),
      metrics: silentMetrics,
      process: 'bench',
    })
    const clusters = Array.from({ length: options.clusters }, (_, index) => `bench-${index}`)
    const workerData: Asked = { brokers: kafka.brokers, clusters, nodes, daemonSets }
    const fleet = new Worker(new URL('./sustained-fleet.ts', import.meta.url), { workerData })
    const { pods } = await hear(fleet, 'settled')
    await commits.quiet()
    say(`${pods} pods are on record; now ${eventsPerSecond} events/s for ${seconds} s`)
    commits.begin()
    const began = Date.now()
    const cpu = process.threadCpuUsage()
    fleet.postMessage({ rate: eventsPerSecond, seconds })
    const { events: told } = await hear(fleet, 'played')
    const ended = Date.now()
    await commits.quiet()
    const { user, system } = process.threadCpuUsage(cpu)
    await fleet.terminate()
    await reconciler.stop()
    await log.close()
    await commits.store.close()
    const { perSecond, events, transactions, p50Ms, p99Ms } = commits.figures(began + warmUpMs, ended)
    say(
      `${told} events were told in ${((ended - began) / 1_000).toFixed(1)} s; with what was decided on them ${events} were committed, in ` +
        `${transactions} transactions; ${Math.round((user + system) / events)} µs of the reconciler's thread an event`,
    )
    return [
      { measure: 'sustained, Kafka to commit', aim: { atLeast: 10_000 }, found: perSecond, unit: 'events/s' },
      { measure: 'p50 delay of it, event to commit', aim: null, found: p50Ms, unit: 'ms' },
      { measure: 'p99 delay of it, event to commit', aim: null, found: p99Ms, unit: 'ms' },
    ]
  } finally {
    await kafka.stop()
    await postgres.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** A store that notes when each event was committed, and how long after its making. */
function countCommits<S extends Store>(store: S) {
  let commits: { readonly at: number; readonly delaysMs: readonly number[] }[] = []
  let last = 0
  const commitBatch: Store['commitBatch'] = async commit => {
    await store.commitBatch(commit)
    const at = Date.now()
    last = at
    commits.push({ at, delaysMs: commit.streams.flatMap(({ events }) => events.map(({ event }) => at - event.at)) })
  }
  const counting = new Proxy(store, {
    get: (target, member) => {
      if (member === 'commitBatch') return commitBatch
      const value: unknown = Reflect.get(target, member, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return {
    store: counting,
    begin() {
      commits = []
    },
    async quiet() {
      last = Date.now()
      while (Date.now() - last < quietMs) await wait(systemTimers, 100)
    },
    /** Of what was committed between two instants; the delays of everything. */
    figures(from: number, to: number) {
      const events = commits.reduce((sum, { at, delaysMs }) => sum + (at > from && at <= to ? delaysMs.length : 0), 0)
      const sorted = Float64Array.from(commits.flatMap(({ delaysMs }) => delaysMs)).sort()
      const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
      const perSecond = (events / (to - from)) * 1_000
      return { perSecond, events: sorted.length, transactions: commits.length, p50Ms: at(0.5), p99Ms: at(0.99) }
    },
  }
}

function hear<What extends Told['what']>(fleet: Worker, what: What): Promise<Extract<Told, { what: What }>> {
  return new Promise((resolve, reject) => {
    const listen = (told: Told) => {
      if (told.what !== what) return
      fleet.off('message', listen)
      resolve(told as Extract<Told, { what: What }>)
    }
    fleet.on('message', listen)
    fleet.once('error', reject)
  })
}
