import { type DecisionPoint, type Event, topics } from '@rollcall/contracts'
import type { Batch, DeliveredRecord } from '@rollcall/event-log'
import { asError, errorFacts } from '@rollcall/service'
import type { FoldedEvent, StreamCommit } from '@rollcall/store'
import type { ReconcilerMetrics, ReconcilerPorts } from '../ports.ts'
import { createSerial, unlessAborted } from '../serial.ts'
import type { ReconcilerSettings } from '../settings.ts'
import { isSnapshotDue, isWorthASnapshot, takeSnapshot } from '../stream/snapshots.ts'
import type { Stream } from '../stream/stream.ts'
import { decideStream, foldEvents, type ReadEvent, streamCommits } from '../stream/work.ts'
import { createClockAhead } from './clock-ahead.ts'
import { Defects } from './defects.ts'
import { Hold } from './hold.ts'
import { Publisher } from './publisher.ts'
import { type ReadBatch, readBatch } from './read-batch.ts'
import { Streams } from './streams.ts'
import { Ticker } from './ticker.ts'
import { createVerifier } from './verify.ts'

/** What one stream did in a piece of work, until it is committed. */
type Done = {
  readonly stream: Stream
  readonly events: readonly FoldedEvent[]
  readonly points: readonly DecisionPoint[]
}

/** One owned partition: folds its batches, decides, commits, and hands commands and ticks on. One piece of work at a time. */
export class Partition {
  readonly number: number
  readonly #ports: ReconcilerPorts
  readonly #settings: ReconcilerSettings
  readonly #hold: Hold
  readonly #streams: Streams
  readonly #publisher: Publisher
  readonly #ticker: Ticker
  readonly #serial = createSerial()
  readonly #verify: (stream: Stream) => Promise<void>
  readonly #closing = new AbortController()
  #end: { readonly ofBatches: AbortSignal; readonly either: AbortSignal } | null = null
  readonly #defects: Defects
  readonly #tellAhead: ReturnType<typeof createClockAhead>
  /** false after work was broken off: memory may be ahead of the store, or behind. */
  #isCertain = true
  #isBehind = true

  private constructor(ports: ReconcilerPorts, settings: ReconcilerSettings, number: number, hold: Hold) {
    this.number = number
    this.#ports = ports
    this.#settings = settings
    this.#hold = hold
    this.#publisher = new Publisher(ports, settings, number)
    this.#ticker = new Ticker(ports, settings, () => this.#isBehind)
    this.#streams = new Streams(ports, settings, number, this.#closing.signal, commands =>
      this.#publisher.enqueue(commands),
    )
    this.#defects = new Defects(ports, settings, cluster => this.#decideBehind(cluster))
    this.#verify = createVerifier(ports, settings)
    this.#tellAhead = createClockAhead(ports, number)
  }

  /** Takes the partition over. Its known streams load in the background: for what a crash left in the outbox, and for ticks. */
  static async take(ports: ReconcilerPorts, settings: ReconcilerSettings, number: number): Promise<Partition> {
    const hold = await Hold.take(ports, settings, topics.events, number)
    const partition = new Partition(ports, settings, number, hold)
    void partition.#wake()
    return partition
  }

  /** The offset to continue from; null: from the oldest record. */
  get nextOffset(): bigint | null {
    return this.#hold.nextOffset
  }

  /** What is known of it, for /readyz. */
  facts() {
    return { partition: this.number, epoch: this.#hold.epoch, streams: this.#streams.count }
  }

  /** How far each loaded stream is. */
  reached() {
    return this.#streams.loaded().map(({ cluster, state }) => ({ cluster, position: state.position }))
  }

  /** Sentences about what is wrong. */
  troubles(): string[] {
    const known = [this.#hold.trouble, this.#publisher.trouble, this.#streams.trouble, ...this.#defects.troubles()]
    return known.filter(trouble => trouble !== null)
  }

  /** Folds, decides and commits a batch, exactly once whatever happens. */
  async batch(batch: Batch): Promise<void> {
    const signal = this.#endOf(batch)
    await this.#work(signal, async () => {
      const { recordsPerCommitMax } = this.#settings
      for (let start = 0; start < batch.records.length; start += recordsPerCommitMax) {
        const records = batch.records.slice(start, start + recordsPerCommitMax)
        await this.#publisher.room(signal)
        this.#isBehind = (records.at(-1)?.offset ?? 0n) < batch.highWatermark
        await this.#foldRecords(records, signal)
      }
    })
  }

  /** One for all batches of an assignment: signals composed for each are dear (Node looks through all of them). */
  #endOf({ signal }: Batch): AbortSignal {
    if (this.#end?.ofBatches !== signal) {
      this.#end = { ofBatches: signal, either: AbortSignal.any([signal, this.#closing.signal]) }
    }
    return this.#end.either
  }

  /** A snapshot of each stream that changed, so that the next owner starts quickly; then commands that are under way. */
  async prepareStop(signal: AbortSignal): Promise<void> {
    const snapshots = this.#work(signal, async () => {
      for (const stream of this.#streams.loaded()) {
        if (!isWorthASnapshot(stream)) continue
        const snapshot = takeSnapshot(this.#ports.core, stream, this.#ports.clock, this.#ports.metrics)
        const streams = streamCommits(stream, [], [], snapshot)
        await this.#commit({ streams, deadLetters: [], nextOffset: null }, signal)
      }
    })
    // It may stand in line behind a batch that cannot be committed.
    await unlessAborted(snapshots, signal)
    await this.#publisher.drained(signal)
  }

  /** Gives the partition up: nothing of it runs afterwards. */
  async close(): Promise<void> {
    this.#closing.abort(new Error(`partition ${this.number} is given up`))
    this.#ticker.close()
    this.#defects.close()
    await this.#publisher.close()
    await this.#serial(async () => undefined)
  }

  /** One piece of work; when it is broken off, the next one starts over from the store. */
  #work(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    return this.#serial(async () => {
      signal.throwIfAborted()
      if (!this.#isCertain) {
        await this.#hold.retake(signal)
        this.#startOver()
      }
      this.#isCertain = false
      await work()
      this.#isCertain = true
    })
  }

  async #foldRecords(records: readonly DeliveredRecord[], signal: AbortSignal): Promise<void> {
    for (;;) {
      const { nextOffset } = this.#hold
      const left = nextOffset === null ? records : records.filter(({ offset }) => offset >= nextOffset)
      const last = left.at(-1)
      if (!last) return
      const read = readBatch(left, this.#ports.clock.now(), this.#defects.known)
      if (await this.#attempt(read, last.offset + 1n, left.length, signal)) return
    }
  }

  /** true: committed. false: start over, from the offset that is now known. */
  async #attempt(read: ReadBatch, nextOffset: bigint, records: number, signal: AbortSignal): Promise<boolean> {
    const { clock, metrics } = this.#ports
    const loading = Promise.all([...read.streams.keys()].map(cluster => this.#streams.get(cluster)))
    const done: Done[] = []
    let foldStart = clock.now()
    try {
      const loaded = await unlessAborted(loading, signal)
      foldStart = clock.now()
      for (const stream of loaded) done.push(this.#workOn(stream, read.streams.get(stream.cluster) ?? []))
    } catch (error) {
      this.#defects.note(error)
      this.#forget([...read.streams.keys()])
      return false
    }
    const commitStart = clock.now()
    const streams = this.#commitsOf(done)
    const result = await this.#commit({ streams, deadLetters: read.deadLetters, nextOffset }, signal)
    if (result === 'startOver') return false
    const now = clock.now()
    metrics.batch(this.number, {
      records,
      foldMs: commitStart - foldStart,
      commitMs: now - commitStart,
      lagMs: read.lastAt === null ? null : now - read.lastAt,
    })
    this.#tellAhead(read.ahead)
    for (const { code, reason, offset, key } of read.deadLetters) {
      metrics.deadLetter(code)
      this.#ports.logger.warn({ partition: this.number, offset: String(offset), key, code }, `dead letter: ${reason}`)
      this.#defects.forgetRecord(offset)
    }
    await this.#handOn(done, read)
    return true
  }

  #workOn(stream: Stream, records: readonly ReadEvent[]): Done {
    const { core } = this.#ports
    const events = foldEvents(core, stream, records)
    if (!this.#defects.mayDecide(stream.cluster)) return { stream, events, points: [] }
    const points = decideStream(core, stream, this.#settings.decisionPointsPerCommitMax)
    this.#defects.decided(stream.cluster)
    return { stream, events, points }
  }

  #commitsOf(done: readonly Done[]): StreamCommit[] {
    const { core, clock, metrics } = this.#ports
    return done.flatMap(({ stream, events, points }) => {
      const isDue = isSnapshotDue(stream, clock.now(), this.#settings)
      return streamCommits(stream, events, points, isDue ? takeSnapshot(core, stream, clock, metrics) : null)
    })
  }

  async #commit(content: Parameters<Hold['commit']>[0], signal: AbortSignal) {
    const result = await this.#hold.commit(content, signal)
    if (result === 'startOver') this.#startOver()
    return result
  }

  /** After a commit: commands to the log, wake-ups to the timers, what is left to decide to the next piece of work. */
  async #handOn(done: readonly Done[], read: ReadBatch | null): Promise<void> {
    for (const each of done) {
      const { stream, points } = each
      this.#publisher.enqueue(points.flatMap(point => point.commands))
      countDone(this.#ports.metrics, each, read?.streams.get(stream.cluster) ?? [])
      if (points.length > 0) this.#countHolds(stream)
      for (const { event } of read?.streams.get(stream.cluster) ?? []) this.#noteTick(event)
      this.#followUp(stream)
      await this.#verify(stream)
    }
  }

  #countHolds({ cluster, state }: Stream): void {
    const { holds, nodes } = this.#ports.core.openHolds(state)
    this.#ports.metrics.held(cluster, holds, nodes)
  }

  #noteTick(event: Event): void {
    if (event.type === 'Ticked') this.#ticker.seen(event.cluster, event.due)
  }

  /** Arms the stream's wake-up, and decides the rest of what a bounded decision left. */
  #followUp(stream: Stream): void {
    const { cluster, state } = stream
    const { core } = this.#ports
    this.#ticker.arm(cluster, core.wakeAt(state))
    if (this.#defects.mayDecide(cluster) && core.needsDecision(state)) this.#decideBehind(cluster)
  }

  /** Decides with no new event; runs after the present piece of work. */
  #decideBehind(cluster: string): void {
    const { signal } = this.#closing
    this.#work(signal, async () => {
      await this.#publisher.room(signal)
      const stream = await unlessAborted(this.#streams.get(cluster), signal)
      if (!this.#ports.core.needsDecision(stream.state)) return
      try {
        const done = this.#workOn(stream, [])
        const streams = this.#commitsOf([done])
        const result = await this.#commit({ streams, deadLetters: [], nextOffset: null }, signal)
        if (result === 'applied') await this.#handOn([done], null)
      } catch (error) {
        this.#defects.note(error)
        this.#forget([cluster])
      }
    }).catch(error => this.#failed(error))
  }

  /** What stands in memory is void: drops it, and loads again what the store knows. */
  #startOver(): void {
    this.#forget(this.#streams.clusters())
    void this.#wake()
  }

  /** Loads the streams that this partition has had, one after the other, and takes up what they left. */
  async #wake(): Promise<void> {
    try {
      for (const cluster of await this.#streams.known()) {
        await this.#streams.get(cluster).then(
          stream => this.#followUp(stream),
          error => this.#failed(error),
        )
      }
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Drops streams from memory: they are loaded again when next wanted. */
  #forget(clusters: readonly string[]): void {
    for (const cluster of clusters) {
      this.#streams.forget(cluster)
      this.#ticker.forget(cluster)
    }
  }

  #failed(error: unknown): void {
    if (this.#closing.signal.aborted) return
    this.#ports.logger.error({ partition: this.number, ...errorFacts(error) }, asError(error).message)
  }
}

function countDone(metrics: ReconcilerMetrics, { events, points }: Done, records: readonly ReadEvent[]): void {
  const folded = new Set(events.map(({ offset }) => offset))
  for (const { offset, event } of records) {
    if (folded.has(offset)) metrics.folded(event.type, 1)
    else metrics.nothing(event.type, 1)
  }
  for (const { decisions, commands } of points) {
    metrics.decided(decisions.length)
    for (const { type } of commands) metrics.commanded(type, 1)
  }
}
