import { randomBytes } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { createUsers } from '@rollcall/auditor'
import { createPostgresEventLog } from '@rollcall/event-log'
import { createHealth, systemClock, systemTimers, type Timers, wait } from '@rollcall/service'
import {
  createPostgresAuditStore,
  createPostgresShadowStore,
  createPostgresStore,
  migrate,
  StoreError,
} from '@rollcall/store'
import { checkpointSignerIn } from './checkpoint-key.ts'
import { attendClusters, expectClusters } from './clusters/attend.ts'
import type { AttendedClusters } from './clusters/cluster.ts'
import type { Embedded, EmbeddedOptions } from './contract.ts'
import { openDataFolder } from './data-folder.ts'
import { EmbeddedError } from './errors.ts'
import { openLogFile } from './log-file.ts'
import { createOverview, plainWords } from './overview.ts'
import { createPhases, expectWanted } from './phases.ts'
import { expectPortFree } from './port.ts'
import { startEmbeddedPostgres } from './postgres.ts'
import { type RunningServices, startServices } from './services.ts'
import { createShadowDifferences } from './shadow.ts'
import { createStopList } from './stop-list.ts'
import { embeddedErrorFrom } from './translate.ts'

/** Partitions of the log. Fixed once they are made; one process needs no more. */
const partitions = 6
/** How long the start waits for clusters to be watched; what is away by then is shown, and tried on. */
const watchedMsMax = 10_000
/** All of the stop: what is left of the promised 5 s is for whoever asked for it. */
const stopMsMax = 4_500
const graceMsDefault = 10_000

/**
 * Starts Postgres and all services in this process, for simulated or real clusters. What had started is stopped when
 * something fails. @throws EmbeddedError
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const timers = options.timers ?? systemTimers
  const stops = createStopList({ timers, now: () => performance.now() }, stopMsMax)
  try {
    return await start(options, timers, stops)
  } catch (error) {
    const failure = embeddedErrorFrom(error, options.dataDir ?? 'the data folder')
    await stops.run().catch(stopError => {
      failure.cause = new AggregateError([failure.cause, stopError], 'and what had started was not all stopped')
    })
    throw failure
  }
}

async function start(
  options: EmbeddedOptions,
  timers: Timers,
  stops: ReturnType<typeof createStopList>,
): Promise<Embedded> {
  const { clusters: source, ports = {}, clock = systemClock } = options
  const ephemeral = options.ephemeral ?? false
  const process_ = `embedded@${hostname()}/${process.pid}`
  const phase = createPhases(options.onProgress ?? (() => undefined), options.signal, () => performance.now())

  expectClusters(source)
  const folder = await phase(
    'folder',
    'Opening the data folder',
    async () => openDataFolder(options.dataDir, ephemeral),
    ({ path }) => (ephemeral || options.dataDir === null ? `Nothing is kept (${path})` : `Data in ${path}`),
  )
  stops.add(0, async () => folder.release())
  let logTrouble: string | null = null
  const logFile = openLogFile(folder.logFile, why => {
    logTrouble = why
  })
  stops.add(100, async () => logFile.close())
  const loggerOf = (service: string) => options.logger ?? logFile.loggerOf(service)
  const logger = loggerOf('embedded')

  await expectPortFree(ports.auditor ?? 0)
  const postgres = await phase(
    'postgres',
    'Starting Postgres',
    () => startEmbeddedPostgres(folder.postgresDir, ports.postgres ?? 0, !ephemeral, timers),
    ({ pid, url }) => `Postgres runs on port ${new URL(url).port} (pid ${pid})`,
  )
  stops.add(1_700, () => postgres.stop())

  const { url } = postgres
  const log = createPostgresEventLog({ url, partitions, isAlone: true, logger: loggerOf('log'), poolSize: 2 })
  const store = createPostgresStore({
    url,
    applicationName: 'rollcall',
    poolSize: 2,
    logger: loggerOf('store'),
    timers,
  })
  const record = createPostgresAuditStore({ url, poolSize: 2, logger: loggerOf('store') })
  const shadow = createPostgresShadowStore({ url })
  stops.add(400, async () => {
    await log.close()
    await Promise.all([store.close(), record.close(), shadow.close()])
  })
  await phase(
    'schema',
    'Preparing the record and the log',
    async () => {
      const { applied } = await migrate(url)
      await log.ensureTopics()
      return applied.length
    },
    applied => (applied === 0 ? 'Record and log are there' : 'Record and log are made'),
  )

  const attended: AttendedClusters = await phase(
    'clusters',
    source.kind === 'simulated' ? 'Starting simulated clusters' : 'Reading the kubeconfigs',
    () => attendClusters({ ...options, dir: folder.clustersDir, clock, timers, logger }),
    ({ clusters }) => `Clusters: ${clusters.map(({ shown }) => shown.name).join(', ')}`,
  )
  stops.add(400, () => attended.stop())
  const clusters = attended.clusters.map(({ shown }) => shown)

  // Whoever can read `up.json` is the user who runs this.
  const token = randomBytes(32).toString('base64url')
  const health = createHealth(timers)
  health.check('log', () => (log.healthy() ? null : 'the log does not answer'))
  const services = await phase(
    'services',
    'Starting watcher, reconciler, executor and auditor',
    async () => {
      const started = await startServices({
        clusters: attended.clusters,
        log,
        store,
        record,
        signer: checkpointSignerIn(folder.checkpointKeyFile),
        auditorPort: ports.auditor ?? 0,
        guard: options.guard ?? true,
        creationRate: options.creationRate ?? null,
        users: createUsers({ [token]: userInfo().username }),
        clock,
        timers,
        random: Math.random,
        health,
        loggerOf,
        process: process_,
      })
      stops.add(1_500, () => started.stop())
      await untilWatched(started, timers, options.signal)
      return started
    },
    ({ auditor, executor }) =>
      `All services run${executor === null ? ', without an executor: Rollcall only observes' : ''}; API at ${auditor.url}`,
  )

  expectWanted(options.signal)

  const auditorUrl = services.auditor.url
  folder.announce({
    version: 1,
    pid: process.pid,
    startedAt: clock.now(),
    auditorUrl,
    token,
    postgresUrl: url,
    clusters,
  })
  const overview = createOverview({
    clusters,
    record,
    shadow,
    watcher: services.watcher,
    words: options.words ?? plainWords,
    troubles: () => [attended.trouble(), logTrouble].filter(trouble => trouble !== null),
  })
  const differences = createShadowDifferences({ clusters, record, shadow, now: () => clock.now() })
  const rethrow = (error: unknown): never => {
    throw error instanceof StoreError ? embeddedErrorFrom(error, folder.path) : error
  }
  return {
    dataDir: folder.path,
    clusters,
    auditorUrl,
    postgresUrl: url,
    health: () => health.readiness(),
    overview: () => overview().catch(rethrow),
    shadowDifferences: ({ graceMs = graceMsDefault } = {}) => differences(graceMs).catch(rethrow),
    failed: postgres.died.then(
      () => new EmbeddedError('postgres', 'Postgres has ended', `its log says why: ${folder.postgresDir}/postgres.log`),
    ),
    stop: () => stops.run(),
  }
}

/** Until every cluster is watched, or it is clear that one is away. */
async function untilWatched({ watcher }: RunningServices, timers: Timers, signal?: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + watchedMsMax
  const isWatched = () => [...watcher.states().values()].every(({ at }) => at !== 'waiting')
  while (!isWatched() && performance.now() < giveUpAt) if (!(await wait(timers, 25, signal))) return
}
