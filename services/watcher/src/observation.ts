import { type Kind, kinds } from '@rollcall/contracts'
import { type ClusterApi, type ListWatchEvent, listWatch } from '@rollcall/kube'
import type { Metrics } from './metrics.ts'
import { Observer } from './observer.ts'
import type { Mode, WatcherPorts, WatcherSettings } from './ports.ts'
import { createPublisher, type Publisher } from './publisher.ts'
import { troubleFacts } from './trouble.ts'

/** Another cluster answers under this address: its objects have nothing to do with the ones known. */
export class ClusterReplacedError extends Error {
  readonly code = 'cluster-replaced'
  constructor(cluster: string, before: string, now: string) {
    super(`${cluster} is another cluster than before: its kube-system has uid ${now}, not ${before}`)
    this.name = 'ClusterReplacedError'
  }
}

export type ObservationOptions = {
  readonly api: ClusterApi
  readonly ports: WatcherPorts
  readonly settings: WatcherSettings
  readonly metrics: Metrics
  readonly mode: Mode
  readonly identity: Identified
  /** Where to go on, per kind; what is missing is listed. */
  readonly positions: ReadonlyMap<Kind, string>
  readonly signal: AbortSignal
}

type Identified = { readonly clusterUid: string; readonly serverVersion: string }

/** One identified cluster being observed: four list-watches, one publisher. */
export class Observation {
  readonly #options: ObservationOptions
  readonly #publisher: Publisher
  /** Ends this observation: from outside, or because the cluster was replaced. */
  readonly #life = new AbortController()
  /** Per kind: why it is not being watched, as a sentence; null when it is. */
  readonly #troubles = new Map<Kind, string | null>()
  #identity: Identified
  /** One question serves all list-watches that reconnect together. An old answer would not do: it is from before the cut. */
  #identifying: Promise<Identified> | null = null
  readonly #unreachable = new Set<Kind>()

  constructor(options: ObservationOptions) {
    this.#options = options
    this.#identity = options.identity
    for (const kind of kinds) this.#troubles.set(kind, `${kind} objects are being listed`)
    const { signal, api, ports, metrics, settings } = options
    signal.addEventListener('abort', this.#end, { once: true })
    this.#publisher = createPublisher({
      cluster: api.cluster,
      ports,
      metrics,
      queueMax: settings.queueMax,
      signal,
    })
  }

  /** Why it is not whole, as a sentence; null when all kinds are watched and the log takes events. */
  trouble(): string | null {
    return this.#publisher.trouble() ?? [...this.#troubles.values()].find(trouble => trouble !== null) ?? null
  }

  /** What has been seen so far is durable (bounded by the caller's patience). */
  drained(): Promise<void> {
    return this.#publisher.drained()
  }

  /** Ends all list-watches. What they saw is still published. */
  end(): void {
    this.#end()
  }

  readonly #end = (): void => this.#life.abort(new Error('the observation has ended'))

  /** Observes until the signal aborts or `end` is called. @throws ClusterReplacedError */
  async run(): Promise<void> {
    const { signal } = this.#options
    try {
      if (signal.aborted) return
      await this.#publishIdentity()
      const ends = await Promise.allSettled(kinds.map(kind => this.#observe(kind)))
      const failed = ends.find(end => end.status === 'rejected')
      if (failed) throw failed.reason
      const reason: unknown = this.#life.signal.reason
      if (reason instanceof ClusterReplacedError) throw reason
    } finally {
      signal.removeEventListener('abort', this.#end)
      this.#end()
    }
  }

  async #observe(kind: Kind): Promise<void> {
    const { api, ports, settings, metrics, positions } = this.#options
    const { clock, timers, random, logger } = ports
    const observer = new Observer({
      cluster: api.cluster,
      kind,
      pods: settings.pods,
      progressMs: settings.progressMs,
      publisher: this.#publisher,
      clock,
      random,
      logger,
      metrics,
    })
    const events = listWatch(api, kind, {
      clock,
      timers,
      random,
      signal: this.#life.signal,
      resourceVersion: positions.get(kind) ?? null,
      beforeConnect: signal => this.#isStillTheSame(signal),
      pageSize: settings.pageSize,
      silenceMsMax: settings.silenceMs,
    })
    try {
      for await (const event of events) {
        this.#note(kind, event)
        await observer.take(event)
      }
    } catch (error) {
      // A defect in one kind's path must not leave the other three running as if all were well.
      this.#end()
      throw error
    }
  }

  #note(kind: Kind, event: ListWatchEvent): void {
    const { api, metrics, ports } = this.#options
    const { cluster } = api
    metrics.lastSeen.set({ cluster, kind }, ports.clock.now() / 1000)
    switch (event.type) {
      case 'relistStarted':
        metrics.relists.inc({ cluster, kind })
        ports.logger.info({ cluster, kind, historyReset: event.historyReset }, `lists every ${kind}`)
        return
      case 'watchStarted':
        metrics.watchStarts.inc({ cluster, kind })
        if (!this.#unreachable.has(kind)) this.#troubles.set(kind, null)
        return
      case 'watchEnded':
        ports.logger.debug({ cluster, kind, ...(event.error ? troubleFacts(event.error) : {}) }, 'a watch ended')
        return
      case 'unreachable':
        this.#troubles.set(kind, `${kind} objects cannot be watched: ${event.error.message}`)
        this.#sayUnreachable(kind, event.error)
        return
      case 'reachable':
        this.#troubles.set(kind, null)
        this.#sayReachable(kind)
        return
      case 'page':
      case 'relistCompleted':
      case 'put':
      case 'gone':
      case 'progressed':
        return
    }
  }

  /** Said once for the cluster, not for each of its four watches. */
  #sayUnreachable(kind: Kind, error: Error): void {
    const { api, ports } = this.#options
    this.#unreachable.add(kind)
    if (this.#unreachable.size > 1) return
    const facts = { cluster: api.cluster, kind, ...troubleFacts(error) }
    ports.logger.warn(facts, 'the cluster cannot be watched; keeps trying')
  }

  #sayReachable(kind: Kind): void {
    const { api, ports } = this.#options
    this.#unreachable.delete(kind)
    if (this.#unreachable.size === 0) ports.logger.info({ cluster: api.cluster }, 'the cluster is watched again')
  }

  /** Before every connection: is it still the cluster whose objects we know? */
  async #isStillTheSame(signal: AbortSignal): Promise<void> {
    const { api } = this.#options
    this.#identifying ??= api.identify(signal).finally(() => {
      this.#identifying = null
    })
    const { clusterUid, serverVersion } = await this.#identifying
    if (clusterUid !== this.#identity.clusterUid) {
      const replaced = new ClusterReplacedError(api.cluster, this.#identity.clusterUid, clusterUid)
      this.#life.abort(replaced)
      throw replaced
    }
    if (serverVersion === this.#identity.serverVersion) return
    this.#identity = { clusterUid, serverVersion }
    await this.#publishIdentity()
  }

  #publishIdentity(): Promise<void> {
    const { api, mode, ports, settings } = this.#options
    return this.#publisher.publish({
      type: 'ClusterIdentified',
      cluster: api.cluster,
      at: ports.clock.now(),
      ...this.#identity,
      mode,
      overridesAsked: false,
      guard: settings.guard,
      creationRate: settings.creationRate,
    })
  }
}
