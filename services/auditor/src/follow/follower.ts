import type { LedgerEvent } from '@rollcall/contracts/api'
import { errorFacts } from '@rollcall/service'
import { StoreError } from '@rollcall/store'
import type { EventFilter } from '../answers/event-filter.ts'
import { type Places, writePlaces } from '../answers/places.ts'
import type { AuditorPorts } from '../ports.ts'
import { problemFrom, problemOf } from '../problem.ts'
import type { AuditorSettings } from '../settings.ts'
import type { Heads } from './heads.ts'

/** What one follower wants. */
export type Following = {
  /** null: all clusters, also those that come later. */
  readonly clusters: readonly string[] | null
  readonly filter: EventFilter
  /** Where each stream begins; one that is not named begins at its start. */
  readonly from: Places
  /** For problems: the path that was asked for. */
  readonly instance: string
  /** Ends the connection at once. */
  readonly cut: () => void
}

type FollowPorts = Pick<AuditorPorts, 'store' | 'timers' | 'logger' | 'metrics'> & { readonly heads: Heads }
type FollowSettings = Pick<AuditorSettings, 'followBatchMax' | 'heartbeatMs' | 'stallMsMax'>

/**
 * The text of one event stream (server-sent events). The ledger is the buffer: events are read when the reader has taken
 * those before, a batch of one cluster at a time. A reader that takes nothing for too long is cut off; it comes again with
 * the last id, and misses nothing. `ended` is called once, however it ends.
 */
export function followStream(
  ports: FollowPorts,
  settings: FollowSettings,
  following: Following,
  ended: () => void,
): ReadableStream<Uint8Array> {
  const follower = new Follower(ports, settings, following, ended)
  return new ReadableStream<Uint8Array>(
    {
      pull: controller => follower.pull(controller),
      cancel: () => follower.end(),
    },
    { highWaterMark: 1 },
  )
}

class Follower {
  readonly #ports: FollowPorts
  readonly #settings: FollowSettings
  readonly #following: Following
  readonly #ended: () => void
  readonly #places: Map<string, number>
  #heads: Places = new Map()
  #isEnded = false
  #cancelStall: () => void = () => undefined
  #greeted = false

  constructor(ports: FollowPorts, settings: FollowSettings, following: Following, ended: () => void) {
    this.#ports = ports
    this.#settings = settings
    this.#following = following
    this.#ended = ended
    this.#places = new Map(following.from)
  }

  /** The reader has room: resolves when something was put there. */
  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#cancelStall()
    try {
      const text = this.#greeted ? await this.#next() : ': following\n\n'
      this.#greeted = true
      if (this.#isEnded) return
      controller.enqueue(encoder.encode(text))
      this.#watchForStall(controller)
    } catch (error) {
      if (this.#isEnded) return
      if (!this.#ports.heads.isClosed) this.#tell(controller, error)
      controller.close()
      this.end()
    }
  }

  #tell(controller: ReadableStreamDefaultController<Uint8Array>, error: unknown): void {
    const problem = problemFrom(error)
    if (problem.code === 'defect') this.#ports.logger.error(errorFacts(error), 'an event stream broke')
    const told = JSON.stringify(problemOf(problem, this.#following.instance))
    controller.enqueue(encoder.encode(`event: problem\ndata: ${told}\n\n`))
  }

  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#cancelStall()
    this.#ended()
  }

  /** What to send next: a batch of events, or after a while a comment. */
  async #next(): Promise<string> {
    let isQuiet = false
    const cancel = this.#ports.timers.after(this.#settings.heartbeatMs, () => {
      isQuiet = true
    })
    try {
      while (!this.#isEnded && !isQuiet) {
        const events = await this.#read()
        if (events.length > 0) {
          this.#ports.metrics.told(events.length)
          return events.map((event, index) => this.#text(event, index === events.length - 1)).join('')
        }
        if (this.#behind() === null) this.#heads = await this.#ports.heads.next()
      }
      return ': still here\n\n'
    } finally {
      cancel()
    }
  }

  /** The next events of the stream that is behind; none when all are at their end, or nothing there was asked for. */
  async #read(): Promise<readonly LedgerEvent[]> {
    const cluster = this.#behind()
    if (cluster === null) return []
    const { filter } = this.#following
    const from = this.#places.get(cluster) ?? 0
    const window = { from, direction: 'newer', limit: this.#settings.followBatchMax } as const
    const { items, more } = await patiently(this.#ports, () => this.#ports.store.events({ cluster, ...filter }, window))
    const last = items.at(-1)?.position ?? from
    this.#places.set(cluster, more ? last : Math.max(last, this.#heads.get(cluster) ?? last))
    return items
  }

  #behind(): string | null {
    for (const [cluster, head] of this.#heads) {
      const { clusters } = this.#following
      if (clusters !== null && !clusters.includes(cluster)) continue
      if (head > (this.#places.get(cluster) ?? 0)) return cluster
    }
    return null
  }

  #text(event: LedgerEvent, isLast: boolean): string {
    const id = isLast ? `id: ${writePlaces(this.#places)}\n` : ''
    return `event: ledger\n${id}data: ${JSON.stringify(event)}\n\n`
  }

  /** What was put there must be taken in time. */
  #watchForStall(controller: ReadableStreamDefaultController<Uint8Array>): void {
    if ((controller.desiredSize ?? 1) > 0) return
    this.#cancelStall = this.#ports.timers.after(this.#settings.stallMsMax, () => {
      this.#ports.metrics.cutOff()
      this.#ports.logger.warn({ instance: this.#following.instance }, 'a follower did not read, and was cut off')
      this.#following.cut()
      this.end()
    })
  }
}

const encoder = new TextEncoder()

/** A store that is away comes back: what is thrown else is told. */
async function patiently<T>({ heads }: FollowPorts, read: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'unreachable') throw error
      await heads.next()
    }
  }
}
