import { type TopicName, topics } from '@rollcall/contracts'
import type { Batch, Consumer, Subscription } from '@rollcall/event-log'
import { asError, errorFacts, waitToStart } from '@rollcall/service'
import { isUnreachable, StoreError } from '@rollcall/store'
import { Checkpoints } from './checkpoints.ts'
import { keepPartitionsAhead } from './ledger-partitions.ts'
import { Partition } from './partition/partition.ts'
import type { ReconcilerPorts } from './ports.ts'
import { defaultSettings, type ReconcilerSettings } from './settings.ts'

/** A running reconciler. */
export interface Reconciler {
  /** Why the log, the store or a stream keeps it from working, as a sentence; null: it does not. */
  readonly checks: { log(): string | null; store(): Promise<string | null>; streams(): string | null }
  /** The partitions owned, with epoch and number of streams in memory. */
  partitions(): readonly ReturnType<Partition['facts']>[]
  /** Takes snapshots, lets commands under way reach the log (both bounded), leaves the group. */
  stop(): Promise<void>
}

/**
 * Starts a reconciler: one member of the consumer group of `rollcall.events`. Resolves once it has subscribed; until the log
 * answers it tries, or until `giveUp` aborts.
 */
export async function startReconciler(
  ports: ReconcilerPorts,
  settings: Partial<ReconcilerSettings> = {},
  giveUp: AbortSignal = new AbortController().signal,
): Promise<Reconciler> {
  const member = new Member(ports, { ...defaultSettings, ...settings })
  await member.join(giveUp)
  return member
}

class Member implements Reconciler, Consumer {
  readonly #ports: ReconcilerPorts
  readonly #settings: ReconcilerSettings
  readonly #partitions = new Map<number, Partition>()
  #subscription: Subscription | null = null
  readonly #checkpoints: Checkpoints | null
  readonly #stopping = new AbortController()
  #isStopping = false

  get gatherMs(): number {
    return this.#settings.gatherMs
  }

  constructor(ports: ReconcilerPorts, settings: ReconcilerSettings) {
    this.#ports = ports
    this.#settings = settings
    const reached = () => [...this.#partitions.values()].flatMap(partition => partition.reached())
    this.#checkpoints = ports.signer ? new Checkpoints(ports, settings, ports.signer, reached) : null
  }

  readonly checks = {
    log: () => {
      if (!this.#subscription) return 'not subscribed to the log yet'
      const health = this.#subscription.health()
      if (!health.healthy) return health.detail ?? 'the log does not deliver'
      return this.#ports.log.healthy() ? null : 'the log does not answer'
    },
    store: async () => ((await this.#ports.store.healthy()) ? null : 'the store does not answer'),
    streams: () => {
      const troubles = [...this.#partitions.values()].flatMap(partition => partition.troubles())
      return troubles.length === 0 ? null : troubles.join('; ')
    },
  }

  partitions() {
    return [...this.#partitions.values()].map(partition => partition.facts()).sort((a, b) => a.partition - b.partition)
  }

  async join(giveUp: AbortSignal): Promise<void> {
    const { log, store } = this.#ports
    const subscribe = async () => {
      await store.ready()
      await log.ensureTopics()
      return await log.subscribe({ topic: topics.events, group: this.#settings.group, consumer: this })
    }
    this.#subscription = await waitToStart(subscribe, {
      ...this.#ports,
      backoff: this.#settings.backoff,
      stopping: giveUp,
      mayMend: error => !(error instanceof StoreError) || isUnreachable(error),
    })
    // It handles its own failures, and ends with the stop.
    void keepPartitionsAhead(this.#ports, this.#settings, this.#stopping.signal)
  }

  async assigned(_topic: TopicName, partition: number): Promise<bigint | null> {
    await this.#drop(partition)
    const taken = await Partition.take(this.#ports, this.#settings, partition)
    this.#partitions.set(partition, taken)
    this.#countOwned()
    this.#ports.logger.info(
      { ...taken.facts(), nextOffset: String(taken.nextOffset ?? 'oldest') },
      `partition ${partition} taken`,
    )
    return taken.nextOffset
  }

  async batch(batch: Batch): Promise<void> {
    if (this.#isStopping) return await refusedUntilClosed(batch.signal)
    const partition = this.#partitions.get(batch.partition)
    if (!partition) throw new Error(`a batch of partition ${batch.partition}, which is not assigned`)
    try {
      await partition.batch(batch)
      this.#countOwned()
    } catch (error) {
      if (!batch.signal.aborted && !this.#isStopping) {
        const facts = { partition: batch.partition, ...errorFacts(error) }
        this.#ports.logger.error(facts, `batch broken off, tried again: ${asError(error).message}`)
      }
      throw error
    }
  }

  async revoked(_topic: TopicName, partition: number): Promise<void> {
    await this.#drop(partition)
    this.#countOwned()
    this.#ports.logger.info({ partition }, `partition ${partition} given up`)
  }

  onTruncated(_topic: TopicName, partition: number, wanted: bigint, oldest: bigint): void {
    this.#ports.metrics.truncated(Number(oldest - wanted))
    this.#ports.logger.error(
      { partition, wanted: String(wanted), oldest: String(oldest) },
      `the log of partition ${partition} begins at ${oldest}, but ${wanted} was wanted: its retention is too short. ` +
        'Start the watchers of its clusters once with --relist: they list, and the core finds what it missed',
    )
  }

  async stop(): Promise<void> {
    if (this.#isStopping) return
    this.#isStopping = true
    this.#stopping.abort(new Error('the reconciler stops'))
    const bound = new AbortController()
    const cancel = this.#ports.timers.after(this.#settings.drainMsMax, () => {
      bound.abort(new Error(`not done within ${this.#settings.drainMsMax} ms`))
    })
    const prepared = await Promise.allSettled(
      [...this.#partitions.values()].map(partition => partition.prepareStop(bound.signal)),
    )
    await this.#checkpoints?.stop(bound.signal)
    cancel()
    for (const result of prepared) {
      if (result.status === 'rejected') {
        const sentence = `stopped without a snapshot, so the next start takes longer: ${asError(result.reason).message}`
        this.#ports.logger.warn(errorFacts(result.reason), sentence)
      }
    }
    await this.#subscription?.close()
    for (const number of [...this.#partitions.keys()]) await this.#drop(number)
  }

  async #drop(number: number): Promise<void> {
    const partition = this.#partitions.get(number)
    this.#partitions.delete(number)
    await partition?.close()
  }

  #countOwned(): void {
    const facts = this.partitions()
    const streams = facts.reduce((sum, partition) => sum + partition.streams, 0)
    this.#ports.metrics.owned(topics.events, facts.length, streams)
  }
}

/** While stopping nothing more is folded: the batch stays undone, for the next owner. */
function refusedUntilClosed(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const refuse = () => reject(new Error('the reconciler stops'))
    if (signal.aborted) refuse()
    else signal.addEventListener('abort', refuse, { once: true })
  })
}
