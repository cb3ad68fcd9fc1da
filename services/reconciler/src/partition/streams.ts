import { type Command, topics } from '@rollcall/contracts'
import { asError, errorFacts, retry } from '@rollcall/service'
import { BrokenStreamError } from '../errors.ts'
import type { ReconcilerPorts } from '../ports.ts'
import type { ReconcilerSettings } from '../settings.ts'
import { restoreState } from '../stream/restore.ts'
import type { Stream } from '../stream/stream.ts'
import { createWatchReach } from '../stream/watch-reach.ts'

/** The streams of one partition in memory: each loaded once, when first wanted. */
export class Streams {
  readonly #ports: ReconcilerPorts
  readonly #settings: Pick<ReconcilerSettings, 'group' | 'backoff'>
  readonly #partition: number
  readonly #closing: AbortSignal
  readonly #relay: (unpublished: readonly Command[]) => void
  readonly #loading = new Map<string, Promise<Stream>>()
  readonly #loaded = new Map<string, Stream>()
  /** Why a stream cannot be loaded, by cluster. */
  readonly #troubles = new Map<string, string>()

  constructor(
    ports: ReconcilerPorts,
    settings: Pick<ReconcilerSettings, 'group' | 'backoff'>,
    partition: number,
    closing: AbortSignal,
    relay: (unpublished: readonly Command[]) => void,
  ) {
    this.#ports = ports
    this.#settings = settings
    this.#partition = partition
    this.#closing = closing
    this.#relay = relay
  }

  get count(): number {
    return this.#loaded.size
  }

  get trouble(): string | null {
    return this.#troubles.size === 0 ? null : [...this.#troubles.values()].join('; ')
  }

  loaded(): readonly Stream[] {
    return [...this.#loaded.values()]
  }

  /** Clusters whose events this partition has carried. */
  known(): Promise<readonly string[]> {
    const { store } = this.#ports
    return this.#until(`the streams of partition ${this.#partition}`, () =>
      store.streamsOf(this.#settings.group, topics.events, this.#partition),
    )
  }

  /** The stream, loaded when it is not. Tries until the store answers or the partition is given up. @throws BrokenStreamError */
  get(cluster: string): Promise<Stream> {
    const known = this.#loading.get(cluster)
    if (known) return known
    const loading: Promise<Stream> = this.#load(cluster).then(
      stream => {
        // Forgotten while it was loading: whoever waits may use it up, but it is not kept.
        if (this.#loading.get(cluster) === loading) this.#loaded.set(cluster, stream)
        return stream
      },
      error => {
        if (this.#loading.get(cluster) === loading) this.#loading.delete(cluster)
        throw error
      },
    )
    this.#loading.set(cluster, loading)
    return loading
  }

  /** Every stream in memory, or on its way there. */
  clusters(): readonly string[] {
    return [...this.#loading.keys()]
  }

  /** Drops a stream from memory. */
  forget(cluster: string): void {
    this.#loading.delete(cluster)
    this.#loaded.delete(cluster)
  }

  async #load(cluster: string): Promise<Stream> {
    const { store, clock, metrics, logger } = this.#ports
    const start = clock.now()
    const read = async () => {
      // First the outbox: its commands go out before any newer one of the stream.
      const unpublished = await store.unpublishedCommands([cluster])
      return {
        unpublished,
        restored: await restoreState(this.#ports, cluster),
        reach: createWatchReach(await store.watchPositions(cluster), await store.clusterUid(cluster)),
      }
    }
    const { unpublished, restored, reach } = await this.#until(cluster, read)
    this.#relay(unpublished)
    const { state, entries } = restored
    const ms = clock.now() - start
    metrics.restored(entries, ms / 1_000)
    const facts = { cluster, position: state.position, entries, unpublished: unpublished.length, ms: Math.round(ms) }
    logger.info(facts, `stream ${cluster} loaded`)
    return {
      cluster,
      state,
      reach,
      changes: entries,
      snapshotAt: clock.now(),
      snapshotCostMs: 0,
    }
  }

  async #until<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const result = await retry(attempt, {
      ...this.#ports,
      backoff: this.#settings.backoff,
      signal: this.#closing,
      again: (error, failures) => {
        const sentence = `${what} cannot be loaded: ${asError(error).message}`
        this.#troubles.set(what, sentence)
        this.#ports.logger.warn({ partition: this.#partition, failures, ...errorFacts(error) }, sentence)
        return !(error instanceof BrokenStreamError)
      },
    })
    this.#troubles.delete(what)
    return result
  }
}
