import { type CommandSettled, topics } from '@rollcall/contracts'
import type { Batch, Subscription } from '@rollcall/event-log'
import { type Backoff, errorFacts, retry, wait } from '@rollcall/service'
import type { Settlement } from './apply/settlement.ts'
import type { LimitOptions } from './flow/adaptive-limit.ts'
import { Capacity } from './flow/capacity.ts'
import { ClusterLane } from './flow/cluster-lane.ts'
import type { HeldCommand } from './flow/held-command.ts'
import { Outcomes } from './outcomes.ts'
import { PartitionRun } from './partition/partition-run.ts'
import type { ExecutorPorts } from './ports.ts'
import { RightsWatch } from './rights-watch.ts'

export const executorGroup = 'rollcall-executor'

export type ExecutorOptions = {
  /** Requests side by side, per cluster. */
  readonly limit: LimitOptions
  readonly requestTimeoutMs: number
  readonly backoff: Backoff
  readonly reportAfterMs: number
  /** Commands held per cluster: a cluster that does not answer may fill this before others of its partition wait. */
  readonly heldPerClusterMax: number
  readonly heldMax: number
  readonly commitEveryMs: number
  readonly rightsEveryMs: number
  /** How long what is under way may take at a graceful stop. */
  readonly drainMs: number
}

const subscribeBackoff: Backoff = { baseMs: 1_000, maxMs: 30_000 }
/** Another group member waits for us to let go of a partition. */
const letGoMsMax = 2_000

/** Applies commands to clusters and reports outcomes. One per process. */
export class Executor {
  readonly #ports: ExecutorPorts
  readonly #options: ExecutorOptions
  readonly #lanes = new Map<string, ClusterLane>()
  readonly #runs = new Map<number, PartitionRun>()
  readonly #held: Capacity
  readonly #outcomes: Outcomes
  readonly #rights: RightsWatch
  readonly #closing = new AbortController()
  #subscription: Subscription | null = null
  #resubscribing: Promise<void> | null = null

  constructor(ports: ExecutorPorts, options: ExecutorOptions) {
    this.#ports = ports
    this.#options = options
    this.#held = new Capacity(options.heldMax)
    this.#outcomes = new Outcomes({ ...ports, caughtUp: () => this.#pumpAll() })
    this.#rights = new RightsWatch(ports, options.rightsEveryMs)
  }

  /** @throws EventLogError */
  async start(): Promise<void> {
    await this.#ports.log.ensureTopics()
    this.#subscription = await this.#subscribe()
    void this.#rights.start()
  }

  /** Why the executor cannot do all its work, by what is concerned; empty when all is well. */
  troubles(): { readonly [name: string]: string | null } {
    const subscription = this.#subscription?.health()
    const lanes = [...this.#lanes.values()].flatMap(lane => lane.trouble() ?? [])
    const sentences = (list: readonly string[]) => (list.length === 0 ? null : list.join('; '))
    return {
      commands: subscription?.healthy ? null : (subscription?.detail ?? 'not subscribed to commands'),
      outcomes: this.#outcomes.trouble,
      configuration: sentences(lanes.flatMap(({ misconfigured, sentence }) => (misconfigured ? [sentence] : []))),
      rights: sentences(this.#rights.missing),
    }
  }

  /** Clusters that do not answer just now: no fault of the executor, and no reason to call it unready. */
  outages(): readonly string[] {
    return [...this.#lanes.values()].flatMap(lane => {
      const trouble = lane.trouble()
      return trouble === null || trouble.misconfigured ? [] : [trouble.sentence]
    })
  }

  /** Begins nothing more, lets what is under way end (bounded), puts outcomes and offsets away, leaves the group. */
  async stop(): Promise<void> {
    if (this.#closing.signal.aborted) return
    const reason = new Error('the executor stops')
    for (const lane of this.#lanes.values()) lane.rest()
    const drained = new AbortController()
    const bound = wait(this.#ports.timers, this.#options.drainMs, drained.signal)
    const idle = Promise.all([...this.#lanes.values()].map(lane => lane.idle())).then(() => this.#outcomes.flushed())
    await Promise.race([idle, bound])
    drained.abort()
    this.#closing.abort(reason)
    this.#rights.close()
    await this.#outcomes.close(reason)
    await Promise.all([...this.#runs.values()].map(run => this.#letGo(run, reason)))
    for (const lane of this.#lanes.values()) lane.close(reason)
    await this.#resubscribing
    await this.#subscription?.close()
  }

  #subscribe(): Promise<Subscription> {
    return this.#ports.log.subscribe({
      topic: topics.commands,
      group: executorGroup,
      consumer: {
        assigned: (_topic, partition) => this.#assigned(partition),
        batch: batch => this.#batch(batch),
        revoked: (_topic, partition) => this.#revoked(partition),
        onTruncated: (_topic, partition, wanted, oldest) =>
          this.#ports.logger.error(
            { partition, wanted: String(wanted), oldest: String(oldest) },
            `commands from offset ${wanted} to ${oldest} have left the log undone: raise its retention; the reconciler publishes them again`,
          ),
      },
    })
  }

  async #assigned(partition: number): Promise<bigint | null> {
    const { store, process, logger } = this.#ports
    await this.#revoked(partition)
    const { owner, nextOffset } = await store.takeOwnership(executorGroup, topics.commands, partition, process)
    const run = new PartitionRun(
      owner,
      nextOffset,
      {
        ...this.#ports,
        lane: cluster => this.#lane(cluster),
        lanes: () => this.#lanes.values(),
        held: this.#held,
        append: (event, appended) => this.#outcomes.add(event, appended),
        fenced: fenced => this.#fenced(fenced),
      },
      this.#options,
    )
    this.#runs.set(partition, run)
    logger.info({ partition, epoch: owner.epoch, nextOffset: String(nextOffset) }, 'commands partition taken over')
    return nextOffset
  }

  async #batch(batch: Batch): Promise<void> {
    const run = this.#runs.get(batch.partition)
    if (!run) throw new Error(`partition ${batch.partition} of ${batch.topic} was never assigned`)
    await run.take(batch)
  }

  async #revoked(partition: number): Promise<void> {
    const run = this.#runs.get(partition)
    if (!run) return
    this.#runs.delete(partition)
    await this.#letGo(run, new Error(`partition ${partition} of ${topics.commands} is no longer ours`))
  }

  async #letGo(run: PartitionRun, reason: Error): Promise<void> {
    const done = new AbortController()
    const bound = wait(this.#ports.timers, letGoMsMax, done.signal)
    await Promise.race([run.end(reason), bound])
    done.abort()
  }

  /**
   * Another process raised the epoch, but the log has not told us that the partition is gone: perhaps it never will,
   * because the other one is the zombie. Joining the group anew settles who owns what.
   */
  #fenced(run: PartitionRun): void {
    if (this.#runs.get(run.owner.partition) !== run || this.#closing.signal.aborted) return
    this.#resubscribing ??= this.#resubscribe().finally(() => {
      this.#resubscribing = null
    })
  }

  async #resubscribe(): Promise<void> {
    const { timers, random, logger } = this.#ports
    // The usual case is a rebalance that is on its way: give it a moment to arrive.
    if (!(await wait(timers, subscribeBackoff.baseMs, this.#closing.signal))) return
    if (![...this.#runs.values()].some(run => run.ended.aborted)) return
    await this.#subscription?.close()
    try {
      this.#subscription = await retry(() => this.#subscribe(), {
        backoff: subscribeBackoff,
        timers,
        random,
        signal: this.#closing.signal,
        again: error => {
          logger.warn(errorFacts(error), 'could not join the group of executors again; tried again')
          return true
        },
      })
    } catch (error) {
      if (!this.#closing.signal.aborted) throw error
    }
  }

  #lane(cluster: string): ClusterLane {
    const known = this.#lanes.get(cluster)
    if (known) return known
    const { limit, requestTimeoutMs, backoff, reportAfterMs, heldPerClusterMax } = this.#options
    const lane = new ClusterLane(
      cluster,
      {
        ...this.#ports,
        settled: (held, settlement, appended) => this.#outcomes.add(this.#outcomeOf(held, settlement), appended),
        delayed: (held, message) => this.#reportDelay(held, message),
        logKeepsUp: () => this.#outcomes.keepsUp,
      },
      { limit, requestTimeoutMs, backoff, reportAfterMs, heldMax: heldPerClusterMax },
    )
    this.#lanes.set(cluster, lane)
    return lane
  }

  #outcomeOf({ command, attempts }: HeldCommand, settlement: Settlement): CommandSettled {
    return {
      type: 'CommandSettled',
      cluster: command.cluster,
      at: Math.floor(this.#ports.clock.now()),
      commandId: command.id,
      commandType: command.type,
      slot: command.slot,
      ...settlement,
      attempts: Math.max(1, attempts),
    }
  }

  #reportDelay({ command, attempts }: HeldCommand, message: string): void {
    const { cluster, id, slot } = command
    const at = Math.floor(this.#ports.clock.now())
    const event = {
      type: 'CommandDelayed',
      cluster,
      at,
      commandId: id,
      slot,
      attempts: Math.max(1, attempts),
      message,
    } as const
    this.#outcomes.add(event, () => undefined)
  }

  #pumpAll(): void {
    for (const lane of this.#lanes.values()) lane.pump()
  }
}
