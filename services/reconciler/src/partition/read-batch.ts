import { type DecodeFailure, type Event, eventCodec } from '@rollcall/contracts'
import type { DeliveredRecord } from '@rollcall/event-log'
import type { DeadLetter } from '@rollcall/store'
import type { ReadEvent } from '../stream/work.ts'

export type ReadBatch = {
  /** Events by cluster, each in log order. */
  readonly streams: ReadonlyMap<string, readonly ReadEvent[]>
  readonly deadLetters: readonly DeadLetter[]
  /** `at` of the last event; null when there was none. */
  readonly lastAt: number | null
  /** Events whose writer's clock is ahead of ours; null when there was none. */
  readonly ahead: Ahead | null
}

/** `cluster`, `type` and `ms` are of the event that was furthest ahead. */
export type Ahead = {
  readonly events: number
  readonly cluster: string
  readonly type: Event['type']
  readonly ms: number
}

/** Clocks of hosts differ a little. One that is further ahead of ours is wrong. */
const aheadMsMax = 60_000

/** What an earlier attempt found that cannot be folded, with the reason: single records by offset, whole streams by cluster. */
export type KnownDefects = {
  readonly records: ReadonlyMap<bigint, string>
  readonly streams: ReadonlyMap<string, string>
}

const noDefects: KnownDefects = { records: new Map(), streams: new Map() }

/**
 * Reads records as events of streams. The stream's time is the largest `at`, and back-offs would stand still until everybody
 * has caught up with a clock that is wrong: an event far ahead of `now` is taken to have been written now. It gets its position
 * with that time, so replay stays exact. What cannot be read, stands under a key that is not its cluster, or was found not
 * foldable before, becomes a dead letter; the other streams go on.
 */
export function readBatch(
  records: readonly DeliveredRecord[],
  now: number,
  defects: KnownDefects = noDefects,
): ReadBatch {
  const streams = new Map<string, ReadEvent[]>()
  const deadLetters: DeadLetter[] = []
  let lastAt: number | null = null
  let ahead: Ahead | null = null
  for (const record of records) {
    const read = readRecord(record, defects)
    if ('reason' in read) {
      deadLetters.push({ offset: record.offset, key: record.key, bytes: record.value, ...read })
      continue
    }
    const ms = read.event.at - now
    const event = ms > aheadMsMax ? { ...read.event, at: Math.floor(now) } : read.event
    if (event !== read.event) ahead = furthest(ahead, event, ms)
    const stream = streams.get(record.key) ?? []
    stream.push({ offset: record.offset, event })
    streams.set(record.key, stream)
    lastAt = event.at
  }
  return { streams, deadLetters, lastAt, ahead }
}

function furthest(known: Ahead | null, { cluster, type }: Event, ms: number): Ahead {
  const events = (known?.events ?? 0) + 1
  return known && known.ms >= ms ? { ...known, events } : { events, cluster, type, ms }
}

type Unreadable = {
  readonly code: DecodeFailure['code'] | 'wrong-key' | 'fold-failed' | 'broken-stream'
  readonly reason: string
}

function readRecord(record: DeliveredRecord, defects: KnownDefects): { readonly event: Event } | Unreadable {
  const foldFailure = defects.records.get(record.offset)
  if (foldFailure !== undefined) return { code: 'fold-failed', reason: foldFailure }
  const breakage = defects.streams.get(record.key)
  if (breakage !== undefined) return { code: 'broken-stream', reason: breakage }
  const decoded = eventCodec.decode(record.value)
  if (!decoded.ok) return { code: decoded.failure.code, reason: decoded.failure.reason }
  const event = decoded.value
  if (event.cluster !== record.key) {
    const reason = `an event of cluster ${event.cluster} under key ${record.key}: its writer must use the cluster as key`
    return { code: 'wrong-key', reason }
  }
  return { event }
}
