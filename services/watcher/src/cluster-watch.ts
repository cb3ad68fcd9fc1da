import type { Kind } from '@rollcall/contracts'
import { type ClusterApi, rightsInWords } from '@rollcall/kube'
import { backoffMs, wait } from '@rollcall/service'
import type { Metrics } from './metrics.ts'
import { ClusterReplacedError, Observation } from './observation.ts'
import type { WatcherPorts, WatcherSettings } from './ports.ts'
import { neededRights } from './rights.ts'
import { troubleFacts } from './trouble.ts'

const backoff = { baseMs: 1_000, maxMs: 30_000 }

export type ClusterState =
  /** Another process holds the lease: all is well. */
  { readonly at: 'standby' } | { readonly at: 'observing' } | { readonly at: 'waiting'; readonly why: string }

/**
 * The life of one cluster in this process: gets the lease, checks rights, identifies the cluster, observes it; and from
 * the start again when the lease is lost or another cluster answers. It knows nothing of other clusters.
 */
export class ClusterWatch {
  readonly #api: ClusterApi
  readonly #ports: WatcherPorts
  readonly #settings: WatcherSettings
  readonly #metrics: Metrics
  #state: ClusterState = { at: 'waiting', why: 'not yet started' }
  #observation: Observation | null = null
  /** The last trouble said, so that it is said once. */
  #said: string | null = null

  constructor(api: ClusterApi, ports: WatcherPorts, settings: WatcherSettings, metrics: Metrics) {
    this.#api = api
    this.#ports = ports
    this.#settings = settings
    this.#metrics = metrics
  }

  state(): ClusterState {
    const trouble = this.#observation?.trouble() ?? null
    return trouble === null ? this.#state : { at: 'waiting', why: trouble }
  }

  /** Runs until `stopping` aborts. What was seen until then is published, unless `deadline` aborts before. */
  async run(stopping: AbortSignal, deadline: AbortSignal): Promise<void> {
    const { store, timers } = this.#ports
    const { cluster } = this.#api
    while (!stopping.aborted) {
      try {
        const lease = await store.tryLease(`watcher/${cluster}`)
        if (lease === null) {
          this.#state = { at: 'standby' }
        } else {
          try {
            await this.#lead(stopping, deadline, lease.lost)
          } finally {
            this.#metrics.leading.set({ cluster }, 0)
            await lease.release()
          }
          if (lease.lost.aborted)
            this.#ports.logger.warn({ cluster }, 'the lease was lost; another watcher may take over')
        }
      } catch (error) {
        if (stopping.aborted) return
        this.#trouble(`the lease cannot be had: ${troubleFacts(error).error}`, error)
      }
      await wait(timers, this.#settings.leaseRetryMs, stopping)
    }
  }

  async #lead(stopping: AbortSignal, deadline: AbortSignal, lost: AbortSignal): Promise<void> {
    const { logger, random, timers } = this.#ports
    const { cluster } = this.#api
    const leading = AbortSignal.any([stopping, lost])
    this.#metrics.leading.set({ cluster }, 1)
    logger.info({ cluster }, 'watches this cluster')
    let failures = 0
    let mayResume = true
    while (!leading.aborted) {
      let retryMs = 0
      try {
        const missing = await this.#api.missingRights(neededRights, leading)
        if (missing.length > 0) {
          this.#trouble(
            `the credentials for ${cluster} lack rights: ${rightsInWords(missing)}. Until they are granted (infra/rbac/watcher.yaml) nothing of it is observed`,
          )
          retryMs = this.#settings.rightsRetryMs
        } else {
          await this.#observe(leading, AbortSignal.any([deadline, lost]), mayResume)
          failures = 0
        }
      } catch (error) {
        if (leading.aborted) return
        if (error instanceof ClusterReplacedError) {
          logger.warn({ cluster, ...troubleFacts(error) }, 'another cluster answers; lists everything anew')
          mayResume = false
        } else {
          failures += 1
          retryMs = Math.round(backoffMs(failures, backoff, random))
          this.#trouble(`${cluster} cannot be watched: ${troubleFacts(error).error}`, error)
        }
      }
      await wait(timers, retryMs, leading)
    }
  }

  /** @param mayPublish aborts when nothing may be published any more */
  async #observe(leading: AbortSignal, mayPublish: AbortSignal, mayResume: boolean): Promise<void> {
    const { cluster } = this.#api
    const identity = await this.#api.identify(leading)
    const positions = mayResume ? await this.#positions(identity.clusterUid) : new Map<Kind, string>()
    const isControlled = this.#settings.controlClusters.includes(cluster)
    const observation = new Observation({
      api: this.#api,
      ports: this.#ports,
      settings: this.#settings,
      metrics: this.#metrics,
      mode: isControlled ? 'control' : this.#settings.mode,
      identity,
      positions,
      signal: mayPublish,
    })
    const end = () => observation.end()
    leading.addEventListener('abort', end, { once: true })
    if (leading.aborted) observation.end()
    this.#observation = observation
    this.#state = { at: 'observing' }
    this.#said = null
    this.#ports.logger.info(
      { cluster, ...identity, resumes: Object.fromEntries(positions) },
      'the cluster is identified',
    )
    try {
      await observation.run()
    } finally {
      this.#observation = null
      this.#state = { at: 'waiting', why: `${cluster} is not being watched just now` }
      leading.removeEventListener('abort', end)
      await observation.drained()
    }
  }

  /** Where an earlier watcher had got to, if it was in this same cluster and its word counts. */
  async #positions(clusterUid: string): Promise<ReadonlyMap<Kind, string>> {
    if (this.#settings.relist) return new Map()
    const { store } = this.#ports
    const { cluster } = this.#api
    const known = await store.clusterUid(cluster)
    if (known !== null && known !== clusterUid) return new Map()
    return store.watchPositions(cluster)
  }

  /** Says a trouble once, and keeps it for /readyz. */
  #trouble(why: string, error?: unknown): void {
    this.#state = { at: 'waiting', why }
    if (this.#said === why) return
    this.#said = why
    const { cluster } = this.#api
    this.#ports.logger.warn({ cluster, ...(error === undefined ? {} : troubleFacts(error)) }, `${why}; keeps trying`)
  }
}
