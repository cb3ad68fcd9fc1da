import { type Auditor, createAuditorMetrics, startAuditor, type Users } from '@rollcall/auditor'
import type { Rate } from '@rollcall/contracts'
import type { EventLog } from '@rollcall/event-log'
import { createExecutorMetrics, type RunningExecutor, startExecutor } from '@rollcall/executor'
import { createReconcilerMetrics, daemonsetCore, type Reconciler, startReconciler } from '@rollcall/reconciler'
import { type Clock, createRegistry, type Health, type Logger, type Random, type Timers } from '@rollcall/service'
import type { AuditStore, CheckpointSigner, Store } from '@rollcall/store'
import { configSchema, settingsOf, startWatcher, type Watcher } from '@rollcall/watcher'
import type { AttendedCluster } from './clusters/cluster.ts'

export type ServicePorts = {
  readonly clusters: readonly AttendedCluster[]
  readonly log: EventLog
  readonly store: Store
  readonly record: AuditStore
  readonly signer: CheckpointSigner
  readonly auditorPort: number
  /** Whether deletions of many pods at once are held. */
  readonly guard: boolean
  /** How fast pods are created in each cluster; null: as fast as can be. */
  readonly creationRate: Rate | null
  /** Who may ask for something. */
  readonly users: Users
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly health: Health
  /** What a service says, under its name. */
  readonly loggerOf: (service: string) => Logger
  /** Names this process to the others of its groups. */
  readonly process: string
}

export type RunningServices = {
  readonly watcher: Watcher
  readonly auditor: Auditor
  /** Null: Rollcall observes everywhere. */
  readonly executor: RunningExecutor | null
  stop(): Promise<void>
}

/** How long each may take over what is under way: all must have stopped within 5 s, and Postgres after them. */
const drainMsMax = 2_000

/**
 * Starts all services, each through the function that its own process uses. Where Rollcall only observes, the executor gets no
 * cluster; where it observes everywhere, there is none.
 */
export async function startServices(ports: ServicePorts): Promise<RunningServices> {
  const { log, store, health } = ports
  const feeders: (() => Promise<void>)[] = []
  let reconciler: Reconciler | null = null
  const common = (service: string) => ({
    clock: ports.clock,
    timers: ports.timers,
    random: ports.random,
    logger: ports.loggerOf(service),
    process: ports.process,
  })
  /** Those that feed the log first, those that read it last. */
  const stop = async (): Promise<void> => {
    await Promise.all(feeders.splice(0).map(end => end()))
    await reconciler?.stop()
  }
  try {
    reconciler = await startReconciler(
      {
        ...common('reconciler'),
        log,
        store,
        signer: ports.signer,
        core: daemonsetCore,
        metrics: createReconcilerMetrics(createRegistry({ service: 'reconciler' })),
      },
      { drainMsMax },
    )
    checkReconciler(health, reconciler)
    const auditor = await startAuditor(
      {
        ...common('auditor'),
        store: ports.record,
        log,
        users: ports.users,
        onlyObserved: new Set(
          ports.clusters.filter(({ shown }) => shown.mode === 'observe').map(({ shown }) => shown.name),
        ),
        metrics: createAuditorMetrics(createRegistry({ service: 'auditor' })),
      },
      { port: ports.auditorPort, drainMsMax: 500 },
    )
    feeders.push(() => auditor.stop())
    const executor = await startExecutorFor(ports, common('executor'))
    if (executor) feeders.push(() => executor.stop())
    const watcher = startWatcher(
      {
        ...common('watcher'),
        clusters: ports.clusters.map(({ api }) => api),
        store,
        eventLog: log,
        registry: createRegistry({ service: 'watcher' }),
        health,
      },
      watcherSettings(ports),
    )
    feeders.push(() => watcher.stop())
    return { watcher, auditor, executor, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startExecutorFor(
  ports: ServicePorts,
  common: Pick<ServicePorts, 'clock' | 'timers' | 'random' | 'process'> & { readonly logger: Logger },
): Promise<RunningExecutor | null> {
  const controlled = new Map(
    ports.clusters.filter(({ shown }) => shown.mode === 'control').map(({ shown, api }) => [shown.name, api]),
  )
  if (controlled.size === 0) return null
  const executor = await startExecutor(
    {
      ...common,
      log: ports.log,
      store: ports.store,
      clusterApi: cluster => controlled.get(cluster),
      clusters: [...controlled.keys()],
      metrics: createExecutorMetrics(createRegistry({ service: 'executor' })),
    },
    { drainMs: drainMsMax },
  )
  for (const name of Object.keys(executor.troubles())) ports.health.check(name, () => executor.troubles()[name] ?? null)
  return executor
}

function checkReconciler(health: Health, reconciler: Reconciler): void {
  health.check('log', reconciler.checks.log)
  health.check('store', reconciler.checks.store)
  health.check('streams', reconciler.checks.streams)
  health.fact('partitions', () => reconciler.partitions())
}

/** The watcher's own defaults; modes are said cluster by cluster. */
function watcherSettings({ clusters, guard, creationRate }: Pick<ServicePorts, 'clusters' | 'guard' | 'creationRate'>) {
  const names = clusters.map(({ shown }) => shown.name)
  const { controlClusters: _, ...defaults } = settingsOf(
    configSchema.parse({ clusters: names.join(','), guard: guard ? 'on' : 'off' }),
  )
  return {
    ...defaults,
    creationRate,
    mode: 'observe' as const,
    controlClusters: clusters.filter(({ shown }) => shown.mode === 'control').map(({ shown }) => shown.name),
  }
}
