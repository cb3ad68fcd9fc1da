import type { TopicName } from '@rollcall/contracts'
import { createMemoryBroker, createMemoryEventLog } from '@rollcall/event-log'
import { noMetrics, type RunningExecutor, startExecutor } from '@rollcall/executor'
import {
  daemonsetCore,
  type Reconciler,
  type ReconcilerSettings,
  silentMetrics,
  startReconciler,
} from '@rollcall/reconciler'
import { createHealth, createMemoryLogger, createRegistry } from '@rollcall/service'
import {
  createRandom,
  createSimulatedCluster,
  type SimulatedClusterOptions,
  type VirtualTime,
} from '@rollcall/simulator'
import { createSimulatedClusterApi } from '@rollcall/simulator/cluster-api'
import { createMemoryStore } from '@rollcall/store'
import { startWatcher, type Watcher, type WatcherSettings } from '@rollcall/watcher'
import { expectReplay } from '../../support/expect-replay.ts'
import { watcherSettings } from '../../support/watcher-settings.ts'

export type FleetOptions = {
  readonly time: VirtualTime
  readonly seed: string
  readonly clusters: readonly (Pick<SimulatedClusterOptions, 'name'> & Partial<SimulatedClusterOptions>)[]
  readonly reconciler?: Partial<ReconcilerSettings>
  readonly watcher?: Partial<WatcherSettings>
  /** The log forgets a record as soon as whoever reads it has stored what came of it. Default false. */
  readonly isForgetful?: boolean
}

/**
 * A whole fleet in one process under virtual time and one seed: simulated clusters, and the real watcher, reconciler and
 * executor between a log and a store in memory. Nothing here waits for anything but virtual time.
 */
export async function startFleet({
  time,
  seed,
  clusters: wanted,
  reconciler: settings,
  watcher: watching,
  isForgetful = false,
}: FleetOptions) {
  const { clock, timers } = time
  const clusters = wanted.map(options => createSimulatedCluster({ seed, clock, timers, ...options }))
  const apis = new Map(clusters.map(cluster => [cluster.name, createSimulatedClusterApi(cluster, { timers })]))
  const broker = createMemoryBroker({ partitions: 2, timers })
  const store = createMemoryStore()
  const logger = createMemoryLogger()
  const random = (who: string) => createRandom(`${seed}/${who}`)
  const common = { clock, timers, logger }

  const running: { watcher: Watcher | null; reconciler: Reconciler | null; executor: RunningExecutor | null } = {
    watcher: null,
    reconciler: null,
    executor: null,
  }

  async function done<T>(what: string, work: Promise<T>): Promise<T> {
    let isDone = false
    const ended = work.finally(() => {
      isDone = true
    })
    // A rejection is the caller's; here it only ends the waiting.
    ended.catch(() => undefined)
    await time.until(what, () => isDone)
    return await ended
  }

  const fleet = {
    clusters,
    store,
    broker,
    logger,
    /** What should never be said: errors, and events that could not be read. Trouble with the API server is none. */
    complaints: () =>
      logger.lines
        .filter(({ level, message }) => level === 'error' || message.startsWith('dead letter'))
        .map(({ message }) => message),
    cluster(name: string) {
      const found = clusters.find(cluster => cluster.name === name)
      if (!found) throw new RangeError(`no cluster ${name} in this fleet`)
      return found
    },
    startWatcher() {
      running.watcher = startWatcher(
        {
          ...common,
          clusters: [...apis.values()],
          eventLog: createMemoryEventLog({ broker }),
          store,
          random: random('watcher'),
          registry: createRegistry({ service: 'watcher', process: false }),
          health: createHealth(timers),
        },
        { ...watcherSettings, ...watching },
      )
    },
    async startReconciler() {
      const ports = {
        ...common,
        log: createMemoryEventLog({ broker }),
        store,
        core: daemonsetCore,
        random: random('reconciler'),
        metrics: silentMetrics,
        process: 'reconciler',
      }
      running.reconciler = await done('the reconciler has started', startReconciler(ports, settings))
    },
    async startExecutor() {
      const ports = {
        ...common,
        log: createMemoryEventLog({ broker }),
        store,
        clusterApi: (name: string) => apis.get(name),
        clusters: [...apis.keys()],
        random: random('executor'),
        metrics: noMetrics,
        process: 'executor',
      }
      running.executor = await done('the executor has started', startExecutor(ports))
    },
    async stopWatcher() {
      if (running.watcher) await done('the watcher has stopped', running.watcher.stop())
      running.watcher = null
    },
    async stopReconciler() {
      if (running.reconciler) await done('the reconciler has stopped', running.reconciler.stop())
      running.reconciler = null
    },
    async stopExecutor() {
      if (running.executor) await done('the executor has stopped', running.executor.stop())
      running.executor = null
    },
    /** Ends all, and decides anew what was recorded. @throws Error when that does not agree with the record in everything */
    async stop() {
      await fleet.stopWatcher()
      await fleet.stopExecutor()
      await fleet.stopReconciler()
      for (const cluster of clusters) {
        cluster.stop()
        await expectReplay(store, cluster.name)
      }
    },
  }

  /** The shortest retention that loses nothing. Keys of owners are group, topic and partition. */
  function forget(): void {
    for (const [key, { nextOffset }] of store.tables.owners) {
      const [, topic, partition] = key.split('\u0000')
      if (nextOffset !== null) broker.truncate(topic as TopicName, Number(partition), nextOffset)
    }
    timers.after(100, forget)
  }

  if (isForgetful) forget()
  for (const cluster of clusters) cluster.start()
  fleet.startWatcher()
  await fleet.startReconciler()
  await fleet.startExecutor()
  return fleet
}

export type Fleet = Awaited<ReturnType<typeof startFleet>>
