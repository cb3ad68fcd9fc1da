import type { TopicName } from '@rollcall/contracts'
import { asError, backoffMs, errorFacts, retry, wait } from '@rollcall/service'
import { type BatchCommit, isUnreachable, type Ownership, StaleOwnerError, StoreError } from '@rollcall/store'
import type { ReconcilerPorts } from '../ports.ts'
import { unlessAborted } from '../serial.ts'
import type { ReconcilerSettings } from '../settings.ts'

/**
 * What became of a commit. `applied`: it is in the store, once. `startOver`: it is not and never will be, or others
 * committed meanwhile: what stands in memory is void, load it again.
 */
export type CommitResult = 'applied' | 'startOver'

type Ports = Pick<ReconcilerPorts, 'store' | 'timers' | 'random' | 'logger' | 'metrics' | 'process'>
type Settings = Pick<ReconcilerSettings, 'group' | 'backoff' | 'retakeAfterMs'>

/**
 * The hold on one partition: its epoch, the offset reached, and commits that are exact even when their answer is lost.
 *
 * A lost answer leaves open whether the commit was applied, or still will be. Taking the ownership again settles it: it
 * raises the epoch, which fences whatever is under way, and tells the offset that was reached. If the epoch grew by one,
 * nobody else was there in between, so the offset says exactly whether our own commit is in.
 */
export class Hold {
  readonly #ports: Ports
  readonly #settings: Settings
  readonly #topic: TopicName
  readonly #partition: number
  #owner: Ownership
  #nextOffset: bigint | null
  #trouble: string | null = null
  /** Failed commits in a row. */
  #failures = 0

  private constructor(
    ports: Ports,
    settings: Settings,
    taken: { readonly owner: Ownership; readonly nextOffset: bigint | null },
  ) {
    this.#ports = ports
    this.#settings = settings
    this.#topic = taken.owner.topic
    this.#partition = taken.owner.partition
    this.#owner = taken.owner
    this.#nextOffset = taken.nextOffset
  }

  /** Takes the partition. Tried once: whoever assigns it knows whether to try again. @throws StoreError */
  static async take(ports: Ports, settings: Settings, topic: TopicName, partition: number): Promise<Hold> {
    return new Hold(ports, settings, await ports.store.takeOwnership(settings.group, topic, partition, ports.process))
  }

  /** The offset to continue from; null: from the oldest record. */
  get nextOffset(): bigint | null {
    return this.#nextOffset
  }

  get epoch(): number {
    return this.#owner.epoch
  }

  /** Why nothing can be committed at present; null: nothing is known to be wrong. */
  get trouble(): string | null {
    return this.#trouble
  }

  /**
   * Commits until the store took it, or it is certain that it never will. `nextOffset` null: the offset stays.
   * Rejects when the signal aborts; then it is unknown what became of the commit.
   */
  async commit(
    content: Pick<BatchCommit, 'streams' | 'deadLetters'> & { readonly nextOffset: bigint | null },
    signal: AbortSignal,
  ): Promise<CommitResult> {
    for (;;) {
      signal.throwIfAborted()
      const reached = this.#nextOffset
      const nextOffset = content.nextOffset ?? reached ?? 0n
      try {
        const { streams, deadLetters } = content
        const commit = { owner: this.#owner, nextOffset, streams, deadLetters }
        await unlessAborted(this.#ports.store.commitBatch(commit), signal)
        this.#trouble = null
        this.#failures = 0
        this.#nextOffset = nextOffset
        return 'applied'
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof StaleOwnerError) return await this.#fenced(error, signal)
        this.#failed(error)
        await this.#pause(backoffMs(this.#failures, this.#settings.backoff, this.#ports.random), signal)
        const before = this.#owner.epoch
        await this.retake(signal)
        const movesOffset = reached === null || nextOffset > reached
        if (this.#owner.epoch !== before + 1 || !movesOffset) return 'startOver'
        if (this.#nextOffset !== null && this.#nextOffset >= nextOffset) return 'applied'
        // A server that refuses once may refuse for what stands in memory; one that was not reached did not look at it.
        if (!isUnreachable(error)) return 'startOver'
      }
    }
  }

  /** Raises the epoch again and learns the offset that was reached. Tries until it works or the signal aborts. */
  async retake(signal: AbortSignal): Promise<void> {
    const { store, logger, process } = this.#ports
    const { group } = this.#settings
    const take = () => unlessAborted(store.takeOwnership(group, this.#topic, this.#partition, process), signal)
    const taken = await retry(take, {
      ...this.#ports,
      backoff: this.#settings.backoff,
      signal,
      again: (error, failures) => {
        this.#trouble = `partition ${this.#partition} cannot be taken: ${asError(error).message}`
        logger.warn({ partition: this.#partition, failures, ...errorFacts(error) }, this.#trouble)
        return true
      },
    })
    this.#trouble = null
    this.#owner = taken.owner
    this.#nextOffset = taken.nextOffset
  }

  /**
   * Another process took the partition. Usually the group has given it away and is about to say so; when it does not,
   * that process was the late one, and we take the partition back.
   */
  async #fenced(error: StaleOwnerError, signal: AbortSignal): Promise<CommitResult> {
    this.#ports.metrics.fenced()
    const waitMs = this.#settings.retakeAfterMs * (0.75 + this.#ports.random() / 2)
    this.#trouble = `${error.message}; taken back in ${Math.round(waitMs / 1_000)} s if the group still says it is ours`
    this.#ports.logger.warn({ partition: this.#partition, epoch: this.#owner.epoch }, this.#trouble)
    await this.#pause(waitMs, signal)
    await this.retake(signal)
    return 'startOver'
  }

  #failed(error: unknown): void {
    this.#failures++
    const code = error instanceof StoreError ? error.code : 'unexpected'
    this.#ports.metrics.commitFailed(code)
    this.#trouble = `partition ${this.#partition} cannot be committed: ${asError(error).message}`
    this.#ports.logger.warn(
      { partition: this.#partition, failures: this.#failures, ...errorFacts(error) },
      this.#trouble,
    )
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    if (!(await wait(this.#ports.timers, ms, signal))) throw signal.reason
  }
}
