import type { Json } from '@rollcall/contracts'
import { ApiError, type KubeObject, UnreachableError } from '@rollcall/kube'
import { type Backoff, backoffMs } from '@rollcall/service'
import { answerOf, done, ownAnswer, retryCauseOf, type Settlement, settle } from '../apply/settlement.ts'
import type { Notice } from '../apply/tools.ts'
import type { Calls } from '../flow/calls.ts'
import { Fifo } from '../flow/fifo.ts'
import type { JsonObject } from '../kube-objects.ts'
import type { Random } from '../ports.ts'
import { EventShaper, type ShapedEvent } from './shaper.ts'

/** So that `kubectl describe` shows what it always showed. */
const component = 'daemonset-controller'
const queueMax = 1_000
const attemptsMax = 5
const backoff: Backoff = { baseMs: 1_000, maxMs: 30_000 }
/** An Event that waited this long is written even when commands use up all room. */
const patienceMs = 2_000

type Entry = {
  readonly event: ShapedEvent
  readonly settled: (settlement: Settlement) => void
  readonly offeredAt: number
  attempts: number
  notBefore: number
}

export type EventFate = 'written' | 'counted' | 'shaped' | 'dropped' | 'failed'

/** Writes the Kubernetes Events of one cluster: one at a time, late rather than in the way, and not at any price. */
export class EventRecorder {
  readonly #shaper = new EventShaper()
  readonly #queue = new Fifo<Entry>()
  readonly #random: Random
  readonly #count: (fate: EventFate) => void
  #writing = false

  constructor(random: Random, count: (fate: EventFate) => void) {
    this.#random = random
    this.#count = count
  }

  /** Takes an Event over. `settled` is told what became of it, once. */
  offer(notice: Notice, now: number, settled: (settlement: Settlement) => void = () => undefined): void {
    const event = this.#shaper.shape(notice, now)
    if (event === null) this.#end(settled, 'shaped', settle('skipped'))
    else if (this.#queue.length >= queueMax) this.#end(settled, 'dropped', settle('skipped'))
    else this.#queue.push({ event, settled, offeredAt: now, attempts: 0, notBefore: now })
  }

  /** Whether an Event should be written now, when there is room beside the commands or not. */
  isDue(now: number, hasRoom: boolean): boolean {
    const next = this.#queue.peek()
    if (this.#writing || next === undefined || next.notBefore > now) return false
    return hasRoom || now - next.offeredAt > patienceMs
  }

  get length(): number {
    return this.#queue.length
  }

  /** Writes the next Event. Never rejects. */
  async writeNext(calls: Calls, clock: () => number, signal: AbortSignal): Promise<void> {
    const entry = this.#queue.peek()
    if (!entry) return
    this.#writing = true
    entry.attempts++
    try {
      const object = await write(entry.event, calls, signal)
      const fate = entry.event.count > 1 ? 'counted' : 'written'
      this.#queue.shift()
      this.#end(entry.settled, fate, object ? done(object) : settle('alreadyDone'))
    } catch (error) {
      if (signal.aborted) return
      const final = finalAnswer(error, entry.attempts)
      if (final === null) {
        entry.notBefore = clock() + backoffMs(entry.attempts, backoff, this.#random)
        return
      }
      this.#queue.shift()
      this.#end(entry.settled, 'failed', final)
    } finally {
      this.#writing = false
    }
  }

  #end(settled: (settlement: Settlement) => void, fate: EventFate, settlement: Settlement): void {
    this.#count(fate)
    settled(settlement)
  }
}

/** null: try again later. */
function finalAnswer(error: unknown, attempts: number): Settlement | null {
  if (error instanceof ApiError) {
    const again = retryCauseOf(error) !== null && attempts < attemptsMax
    return again ? null : settle('refused', null, answerOf(error))
  }
  if (error instanceof UnreachableError) {
    return attempts < attemptsMax ? null : settle('refused', null, ownAnswer('Unreachable', error.message))
  }
  return settle('refused', null, ownAnswer('ExecutorDefect', error instanceof Error ? error.message : String(error)))
}

/** null: it had been written before. */
async function write(event: ShapedEvent, calls: Calls, signal: AbortSignal): Promise<KubeObject | null> {
  const { namespace } = event.notice.daemonSet
  if (event.count > 1) {
    const patch = { count: event.count, message: event.message, lastTimestamp: timestamp(event.lastAt) }
    try {
      return await calls.patch({ resource: 'Event', namespace, name: event.name }, 'merge', patch, signal)
    } catch (error) {
      // It has expired, or never arrived: write it anew, with its count.
      if (!(error instanceof ApiError && error.code === 404)) throw error
    }
  }
  try {
    return await calls.create('Event', namespace, printEvent(event), signal)
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'AlreadyExists') return null
    throw error
  }
}

function printEvent({ notice, name, message, count, firstAt, lastAt }: ShapedEvent): JsonObject {
  const { daemonSet } = notice
  const involvedObject: { readonly [key: string]: Json } = { apiVersion: 'apps/v1', kind: 'DaemonSet', ...daemonSet }
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: daemonSet.namespace },
    involvedObject,
    type: notice.type,
    reason: notice.reason,
    message: message.slice(0, 1_024),
    source: { component },
    reportingComponent: component,
    reportingInstance: 'rollcall',
    firstTimestamp: timestamp(firstAt),
    lastTimestamp: timestamp(lastAt),
    count,
  }
}

/** RFC 3339 without fractions, as metav1.Time has it. */
function timestamp(millis: number): string {
  return new Date(Math.floor(millis)).toISOString().replace(/\.\d+Z$/, 'Z')
}
