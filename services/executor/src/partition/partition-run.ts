import { type Command, type CommandSettled, commandCodec } from '@rollcall/contracts'
import type { Batch, DeliveredRecord } from '@rollcall/event-log'
import { errorFacts } from '@rollcall/service'
import { type DeadLetter, type Ownership, StaleOwnerError } from '@rollcall/store'
import type { Capacity } from '../flow/capacity.ts'
import type { ClusterLane } from '../flow/cluster-lane.ts'
import type { ExecutorPorts } from '../ports.ts'
import { readUnreadable } from './unreadable.ts'
import { Watermark } from './watermark.ts'

export type RunPorts = Pick<ExecutorPorts, 'store' | 'clock' | 'timers' | 'logger' | 'metrics'> & {
  readonly lane: (cluster: string) => ClusterLane
  readonly lanes: () => Iterable<ClusterLane>
  /** Bound on the commands held for all clusters. */
  readonly held: Capacity
  readonly append: (event: CommandSettled, appended: () => void) => void
  /** The epoch was taken by another process while the log still counts the partition as ours. */
  readonly fenced: (run: PartitionRun) => void
}

export type RunOptions = {
  /** How often the offset is committed, when it moved. */
  readonly commitEveryMs: number
}

/** How soon a lost epoch is noticed while commands are under way but none completes. */
const heartbeatMs = 2_000

/**
 * One partition of commands, from the moment it became ours to the moment it is not. Commands complete in any order;
 * what is committed is the lowest offset that is not complete.
 */
export class PartitionRun {
  readonly owner: Ownership
  readonly #ports: RunPorts
  readonly #options: RunOptions
  readonly #watermark: Watermark
  readonly #ended = new AbortController()
  #end: { readonly ofBatches: AbortSignal; readonly either: AbortSignal } | null = null
  #committed: bigint | null
  #committedAt: number
  #committing: Promise<void> = Promise.resolve()
  #cancelTimer: () => void
  /** Kept in the store together with the offset that passes them. */
  #unreadable: DeadLetter[] = []

  constructor(owner: Ownership, nextOffset: bigint | null, ports: RunPorts, options: RunOptions) {
    this.owner = owner
    this.#ports = ports
    this.#options = options
    this.#watermark = new Watermark(nextOffset)
    this.#committed = nextOffset
    this.#committedAt = ports.clock.now()
    this.#cancelTimer = this.#commitLater()
  }

  /** Aborted once the run is over. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  /** Commands that arrived and are not complete. */
  get open(): number {
    return this.#watermark.open
  }

  /** Hands the batch's commands to their lanes; does not wait for their outcomes. @throws when the run is over */
  async take(batch: Batch): Promise<void> {
    this.#ended.signal.throwIfAborted()
    const signal = this.#endOf(batch)
    const decoded = batch.records.map(record => ({ record, command: commandCodec.decode(record.value) }))
    const ids = decoded.flatMap(({ command }) => (command.ok ? [command.value.id] : []))
    const settled = ids.length === 0 ? new Set<string>() : await this.#ports.store.settledCommands(ids)
    for (const { record, command } of decoded) {
      // No turn of the event loop between commands that came together: they are looked at together.
      if (command.ok && this.#isFull(command.value)) await this.#whenRoom(command.value, signal)
      signal.throwIfAborted()
      if (!this.#watermark.track(record.offset)) continue
      if (!command.ok) this.#refuseUnreadable(record, command.failure)
      else if (settled.has(command.value.id)) this.#watermark.complete(record.offset)
      else this.#hand(command.value, record.offset)
    }
  }

  /** One for all batches of an assignment: signals composed for each are dear (Node looks through all of them). */
  #endOf({ signal }: Batch): AbortSignal {
    if (this.#end?.ofBatches !== signal) {
      this.#end = { ofBatches: signal, either: AbortSignal.any([signal, this.#ended.signal]) }
    }
    return this.#end.either
  }

  /** Ends the run: aborts what is under way, begins nothing more, commits what is complete. */
  async end(reason: Error): Promise<void> {
    if (this.#ended.signal.aborted) return
    this.#stop(reason)
    await this.commit(true)
  }

  /** Commits how far everything is complete. `last`: also when the run is over. */
  commit(last = false): Promise<void> {
    this.#committing = this.#committing.then(() => this.#commit(last))
    return this.#committing
  }

  async #commit(last: boolean): Promise<void> {
    const next = this.#watermark.next
    if (next === null || (this.#ended.signal.aborted && !last)) return
    // With work under way the same offset is committed again: that is how a lost epoch is noticed.
    const now = this.#ports.clock.now()
    const isHeartbeat = !last && this.#watermark.open > 0 && now - this.#committedAt >= heartbeatMs
    if (next === this.#committed && !isHeartbeat) return
    try {
      const passed = this.#unreadable.filter(({ offset }) => offset < next)
      await this.#ports.store.commitOffset(this.owner, next, passed)
      this.#unreadable = this.#unreadable.filter(({ offset }) => offset >= next)
      this.#committed = next
      this.#committedAt = now
    } catch (error) {
      if (error instanceof StaleOwnerError) return this.#fence(error)
      this.#ports.logger.warn(
        { ...errorFacts(error), partition: this.owner.partition },
        'the offset of a commands partition could not be committed; tried again',
      )
    }
  }

  #fence(error: StaleOwnerError): void {
    if (this.#ended.signal.aborted) return
    this.#ports.metrics.fenced()
    this.#ports.logger.warn({ partition: this.owner.partition, epoch: this.owner.epoch }, error.message)
    this.#stop(error)
    this.#ports.fenced(this)
  }

  #stop(reason: Error): void {
    this.#ended.abort(reason)
    this.#cancelTimer()
    for (const lane of this.#ports.lanes()) {
      const dropped = lane.drop(this, reason)
      for (let count = 0; count < dropped; count++) this.#ports.held.give()
    }
  }

  #isFull({ cluster }: Command): boolean {
    return this.#ports.held.isFull || this.#ports.lane(cluster).held.isFull
  }

  /** Only a full lane makes the partition wait: the others on it go on meanwhile with what they have. */
  async #whenRoom(command: Command, signal: AbortSignal): Promise<void> {
    while (this.#isFull(command)) {
      await this.#ports.held.whenRoom(signal)
      await this.#ports.lane(command.cluster).held.whenRoom(signal)
    }
  }

  #hand(command: Command, offset: bigint): void {
    this.#ports.held.take()
    this.#ports.lane(command.cluster).add(command, { owner: this, completed: () => this.#complete(offset) })
  }

  #complete(offset: bigint): void {
    this.#ports.held.give()
    this.#watermark.complete(offset)
  }

  #commitLater(): () => void {
    return this.#ports.timers.after(this.#options.commitEveryMs, () => {
      void this.commit().then(() => {
        if (!this.#ended.signal.aborted) this.#cancelTimer = this.#commitLater()
      })
    })
  }

  /** It can never be done; an outcome, if it names itself at all, keeps its slot from waiting forever. */
  #refuseUnreadable(record: DeliveredRecord, failure: { readonly code: string; readonly reason: string }): void {
    const { metrics, logger, clock } = this.#ports
    metrics.unreadable(failure.code)
    const facts = {
      partition: this.owner.partition,
      offset: String(record.offset),
      key: record.key,
      code: failure.code,
    }
    logger.error(facts, `a command cannot be read: ${failure.reason}`)
    this.#unreadable.push({ ...failure, offset: record.offset, key: record.key, bytes: record.value })
    const refusal = readUnreadable(record.value, failure, clock.now())
    const completed = () => this.#watermark.complete(record.offset)
    if (refusal === null) completed()
    else this.#ports.append(refusal, completed)
  }
}
