import type { TopicName } from '@rollcall/contracts'
import type { ClusterState } from '@rollcall/daemonset'
import { createMemoryBroker, createMemoryEventLog, type EventLog, type LogRecord } from '@rollcall/event-log'
import { noMetrics, startExecutor } from '@rollcall/executor'
import type { ClusterApi } from '@rollcall/kube'
import { type Core, daemonsetCore, silentMetrics, startReconciler } from '@rollcall/reconciler'
import {
  type Clock,
  createHealth,
  createMemoryLogger,
  createRegistry,
  type Random,
  type Timers,
} from '@rollcall/service'
import { createMemoryStore } from '@rollcall/store'
import { startWatcher } from '@rollcall/watcher'
import { expectReplay } from '../../support/expect-replay.ts'
import { watcherSettings } from '../../support/watcher-settings.ts'

export type RollcallOptions = {
  readonly api: ClusterApi
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
}

/** What the watcher tells is held back, and then told at once: as one moment. */
export class Telling {
  readonly #log: EventLog
  readonly #held: (readonly [TopicName, readonly LogRecord[]])[] = []
  #isHeld = false

  constructor(log: EventLog) {
    this.#log = log
  }

  async append(topic: TopicName, records: readonly LogRecord[]): Promise<void> {
    if (this.#isHeld) this.#held.push([topic, records])
    else await this.#log.append(topic, records)
  }

  hold(): void {
    this.#isHeld = true
  }

  async tell(): Promise<void> {
    this.#isHeld = false
    const held = this.#held.splice(0)
    const [first] = held
    if (first)
      await this.#log.append(
        first[0],
        held.flatMap(([, records]) => records),
      )
  }
}

/** Rollcall's services on one cluster, in this process, with a log and a store in memory. */
export type RunningRollcall = {
  /** What the reconciler knows; null until it has read something. For looking at only. */
  state(): ClusterState | null
  /** Events folded so far. */
  folded(): number
  readonly telling: Telling
  /** Errors and dead letters: what must never be said. */
  complaints(): readonly string[]
  stop(): Promise<void>
}

export async function startRollcall({ api, clock, timers, random }: RollcallOptions): Promise<RunningRollcall> {
  const broker = createMemoryBroker({ partitions: 1, timers })
  const store = createMemoryStore()
  const logger = createMemoryLogger()
  const common = { clock, timers, logger, random }
  let state: ClusterState | null = null
  let folded = 0
  const telling = new Telling(createMemoryEventLog({ broker }))
  const core: Core = {
    ...daemonsetCore,
    evolve(of, event) {
      state = of as ClusterState
      folded += 1
      return daemonsetCore.evolve(of, event)
    },
  }
  const watcher = startWatcher(
    {
      ...common,
      clusters: [api],
      eventLog: telling,
      store,
      registry: createRegistry({ service: 'watcher', process: false }),
      health: createHealth(timers),
    },
    { ...watcherSettings, guard: null },
  )
  const reconciler = await startReconciler(
    { ...common, log: createMemoryEventLog({ broker }), store, core, metrics: silentMetrics, process: 'reconciler' },
    { tickIntervalMinMs: 1, tickGraceMs: 1, gatherMs: 0 },
  )
  const executor = await startExecutor({
    ...common,
    log: createMemoryEventLog({ broker }),
    store,
    clusterApi: name => (name === api.cluster ? api : undefined),
    clusters: [api.cluster],
    metrics: noMetrics,
    process: 'executor',
  })
  return {
    state: () => state,
    folded: () => folded,
    telling,
    complaints: () =>
      logger.lines
        .filter(({ level, message }) => level === 'error' || message.startsWith('dead letter'))
        .map(({ message }) => message),
    async stop() {
      await watcher.stop()
      await executor.stop()
      await reconciler.stop()
      if (state !== null) await expectReplay(store, api.cluster)
    },
  }
}
