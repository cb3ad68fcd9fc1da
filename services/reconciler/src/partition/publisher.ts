import { type Command, commandCodec, topics } from '@rollcall/contracts'
import { asError, errorFacts, retry, wait } from '@rollcall/service'
import type { ReconcilerPorts } from '../ports.ts'
import type { ReconcilerSettings } from '../settings.ts'

type Ports = Pick<ReconcilerPorts, 'log' | 'store' | 'timers' | 'random' | 'logger' | 'metrics'>
type Settings = Pick<ReconcilerSettings, 'backoff' | 'commandsPerAppendMax' | 'unpublishedMax'>

/** How long closing waits for an append under way. */
const closeMsMax = 2_000

/**
 * The outbox relay of one partition: appends committed commands to the log in the order in which they were committed, beside
 * the folding, and marks them published. What it does not get to do, the next owner does: commands done twice are done once.
 */
export class Publisher {
  readonly #ports: Ports
  readonly #settings: Settings
  readonly #partition: number
  readonly #closing = new AbortController()
  readonly #waiting: Command[] = []
  /** Ids of everything waiting or under way: a reload reads the outbox again, and must not add them twice. */
  readonly #known = new Set<string>()
  #running: Promise<void> | null = null
  /** Those who wait for fewer commands than so many. */
  readonly #roomWanted: { readonly below: number; readonly run: () => void }[] = []
  #trouble: string | null = null

  constructor(ports: Ports, settings: Settings, partition: number) {
    this.#ports = ports
    this.#settings = settings
    this.#partition = partition
  }

  /** Why commands are not published at present; null: nothing is known to be wrong. */
  get trouble(): string | null {
    return this.#trouble
  }

  /** Hands in committed commands. */
  enqueue(commands: readonly Command[]): void {
    if (this.#closing.signal.aborted) return
    for (const command of commands) {
      if (this.#known.has(command.id)) continue
      this.#known.add(command.id)
      this.#waiting.push(command)
    }
    if (this.#waiting.length > 0) this.#running ??= this.#run()
  }

  /** Resolves once there is room for more (or when the signal aborts): back-pressure for whoever decides. */
  room(signal: AbortSignal): Promise<void> {
    return this.#fewerThan(this.#settings.unpublishedMax, signal)
  }

  /** Resolves once everything handed in is published (or when the signal aborts). */
  drained(signal: AbortSignal): Promise<void> {
    return this.#fewerThan(1, signal)
  }

  /**
   * Stops. An append under way is waited for a little, so that the next owner's come after it; one that hangs may still
   * reach the log later, out of order: the executor leaves out what is settled.
   */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the partition is given up'))
    const done = new AbortController()
    const running = Promise.resolve(this.#running).finally(() => done.abort())
    await Promise.race([running, wait(this.#ports.timers, closeMsMax, done.signal)])
    for (const { run } of this.#roomWanted.splice(0)) run()
  }

  #fewerThan(below: number, signal: AbortSignal): Promise<void> {
    if (this.#known.size < below || signal.aborted || this.#closing.signal.aborted) return Promise.resolve()
    return new Promise(resolve => {
      const wanted = { below, run: resolve }
      this.#roomWanted.push(wanted)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  async #run(): Promise<void> {
    try {
      while (this.#waiting.length > 0 && !this.#closing.signal.aborted) {
        const commands = this.#waiting.splice(0, this.#settings.commandsPerAppendMax)
        await this.#publish(commands)
        for (const { id } of commands) this.#known.delete(id)
        this.#tellRoom()
      }
    } catch (error) {
      // `retry` ends only by closing: the outbox keeps what was not marked, for the next owner.
      if (!this.#closing.signal.aborted) throw error
    } finally {
      this.#running = null
    }
  }

  async #publish(commands: readonly Command[]): Promise<void> {
    const { log, store, metrics } = this.#ports
    const records = commands.map(command => ({ key: command.cluster, value: commandCodec.encode(command) }))
    await this.#until('published', () => log.append(topics.commands, records))
    metrics.published(commands.length)
    await this.#until('marked as published', () => store.markPublished(commands.map(({ id }) => id)))
    this.#trouble = null
    metrics.unpublished(this.#partition, this.#waiting.length)
  }

  #until(what: string, attempt: () => Promise<void>): Promise<void> {
    return retry(attempt, {
      ...this.#ports,
      backoff: this.#settings.backoff,
      signal: this.#closing.signal,
      again: (error, failures) => {
        this.#ports.metrics.publishFailed()
        this.#trouble = `${this.#known.size} commands of partition ${this.#partition} cannot be ${what}: ${asError(error).message}`
        this.#ports.logger.warn({ partition: this.#partition, failures, ...errorFacts(error) }, this.#trouble)
        return true
      },
    })
  }

  #tellRoom(): void {
    const wanted = this.#roomWanted.splice(0)
    for (const one of wanted) {
      if (this.#known.size < one.below) one.run()
      else this.#roomWanted.push(one)
    }
  }
}
