import { asError, errorFacts, wait } from '@rollcall/service'
import type { Checkpoint, CheckpointSigner } from '@rollcall/store'
import type { ReconcilerPorts } from './ports.ts'
import type { ReconcilerSettings } from './settings.ts'

/** How far a stream is in memory: ahead of its commit for moments, which only makes a look too many. */
export type StreamReach = { readonly cluster: string; readonly position: number }

/** How often it is looked at whether a checkpoint is due. */
const lookMs = 1_000

type Ports = Pick<ReconcilerPorts, 'store' | 'clock' | 'timers' | 'logger' | 'anchors'>
type Settings = Pick<ReconcilerSettings, 'checkpointEvery' | 'checkpointIntervalMs'>

/**
 * Signs where the chains of the owned streams stand, now and then, beside the commits and never in their way. The reconciler
 * does it because it knows which streams move, and the auditor must not write.
 */
export class Checkpoints {
  readonly #ports: Ports
  readonly #settings: Settings
  readonly #signer: CheckpointSigner
  readonly #streams: () => readonly StreamReach[]
  readonly #stopping = new AbortController()
  /** Where each stream was when it was last signed, or first seen. */
  readonly #signed = new Map<string, { readonly position: number; readonly at: number }>()
  readonly #running: Promise<void>

  constructor(ports: Ports, settings: Settings, signer: CheckpointSigner, streams: () => readonly StreamReach[]) {
    this.#ports = ports
    this.#settings = settings
    this.#signer = signer
    this.#streams = streams
    this.#running = this.#run()
  }

  /** Signs what was added since, and ends. Bounded: what is not signed in time, the next owner signs. */
  async stop(bound: AbortSignal): Promise<void> {
    this.#stopping.abort(new Error('the reconciler stops'))
    await this.#running
    for (const stream of this.#streams()) if (!bound.aborted) await this.#sign(stream)
  }

  async #run(): Promise<void> {
    while (await wait(this.#ports.timers, lookMs, this.#stopping.signal)) {
      const streams = this.#streams()
      const owned = new Set(streams.map(({ cluster }) => cluster))
      for (const cluster of this.#signed.keys()) if (!owned.has(cluster)) this.#signed.delete(cluster)
      for (const stream of streams) {
        if (this.#stopping.signal.aborted) return
        if (this.#isDue(stream)) await this.#sign(stream)
      }
    }
  }

  #isDue({ cluster, position }: StreamReach): boolean {
    const now = this.#ports.clock.now()
    const last = this.#signed.get(cluster)
    // Of a stream just taken over nobody knows here when it was signed: an interval from now on, it is.
    if (!last) this.#signed.set(cluster, { position: 0, at: now })
    if (!last || position === last.position) return false
    const isLong = last.position > 0 && position - last.position >= this.#settings.checkpointEvery
    return isLong || now - last.at >= this.#settings.checkpointIntervalMs
  }

  /** Behind the commit: an anchor of what the database does not hold would be a false alarm. One that is missed, the next makes up for. */
  async #anchor(checkpoint: Checkpoint): Promise<void> {
    const { anchors = [], logger } = this.#ports
    const { cluster, position } = checkpoint
    for (const anchor of anchors) {
      try {
        await anchor.keep(checkpoint)
      } catch (error) {
        const facts = { cluster, position, ...errorFacts(error) }
        logger.error(facts, `the checkpoint of ${cluster} could not be anchored: ${asError(error).message}`)
      }
    }
  }

  async #sign(stream: StreamReach): Promise<void> {
    const { store, clock, logger } = this.#ports
    const { cluster, position } = stream
    const at = clock.now()
    try {
      const checkpoint = await store.signCheckpoint(cluster, this.#signer, at)
      this.#signed.set(cluster, { position, at })
      if (!checkpoint) return
      const facts = {
        cluster,
        position: checkpoint.position,
        head: checkpoint.head.toString('hex'),
        key: checkpoint.key,
      }
      logger.debug(facts, `checkpoint of ${cluster} signed`)
      await this.#anchor(checkpoint)
    } catch (error) {
      // Tried again an interval later; until then the checkpoint before vouches.
      this.#signed.set(cluster, { position: this.#signed.get(cluster)?.position ?? 0, at })
      logger.warn({ cluster, ...errorFacts(error) }, `no checkpoint of ${cluster}: ${asError(error).message}`)
    }
  }
}
