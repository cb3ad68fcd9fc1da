import type { TopicName } from '@rollcall/contracts'
import type { KafkaMessage } from 'kafkajs'
import type { DeliveredRecord } from '../event-log.ts'
import { type EventLogLogger, sentenceOf } from '../logger.ts'
import type { Chunk, RecordSource } from '../partition-run.ts'
import { backOffMs, type EventLogTimers, pause } from '../timers.ts'
import type { Bounds } from './brokers.ts'

/** How the inbox steers the fetches of its partition. */
export type Flow = {
  readonly pause: () => void
  readonly resume: () => void
  readonly seek: (offset: bigint) => void
}

/** What one fetch brought for the partition. */
export type Fetched = {
  readonly messages: readonly KafkaMessage[]
  readonly firstOffset: bigint
  readonly lastOffset: bigint
  readonly highWatermark: bigint
}

export type InboxOptions = {
  readonly topic: TopicName
  readonly partition: number
  readonly flow: Flow
  readonly bounds: () => Promise<Bounds>
  readonly onTruncated: (wanted: bigint, oldest: bigint) => void
  readonly bytesMax: number
  readonly timers: EventLogTimers
  readonly logger: EventLogLogger
}

export interface Inbox extends RecordSource {
  /** Takes what a fetch brought; never waits, so that one slow partition does not hold up the fetches of others. */
  offer(fetched: Fetched): void
  readonly bufferedBytes: () => number
}

/** Room a delivered record takes in memory beside its bytes, roughly. */
const recordOverheadBytes = 200
/** A leader elected just now may know less of the end of its log than it holds: asked again before it is believed. */
const endTries = 5
const endTryMs = 400

const empty = new Uint8Array(0)

/**
 * The records of one partition that were fetched but not yet delivered. When they exceed `bytesMax` the partition is no longer
 * fetched, until half of them are delivered.
 *
 * It checks every fetch against the offset it expects, so whatever the client library does in a rebalance or after an
 * offset out of range, no record is delivered twice in a run, and none is left out in silence.
 */
export function createInbox(options: InboxOptions): Inbox {
  const { topic, partition, flow, timers, logger } = options
  let records: DeliveredRecord[] = []
  let bytes = 0
  let highWatermark = 0n
  let expected: bigint | null = null
  let isPaused = true
  let isMending = false
  /** A gap that was looked into and belongs to the log, for example where a transaction's marker lies. */
  let acceptedGapAt: bigint | null = null
  let runSignal: AbortSignal | null = null
  let wake: (() => void) | null = null

  function startAt(offset: bigint): void {
    expected = offset
    flow.seek(offset)
    isPaused = false
    flow.resume()
  }

  async function open(wanted: bigint | null, signal: AbortSignal): Promise<void> {
    runSignal = signal
    let { oldest, next } = await options.bounds()
    for (let tries = 1; wanted !== null && wanted > next && tries < endTries; tries++) {
      await pause(timers, endTryMs, signal)
      if (signal.aborted) return
      ;({ oldest, next } = await options.bounds())
    }
    if (signal.aborted) return
    if (wanted !== null && (wanted < oldest || wanted > next)) {
      options.onTruncated(wanted, oldest)
      startAt(oldest)
    } else startAt(wanted ?? oldest)
  }

  /** The log continues later than expected: either records are gone, or the client jumped. */
  async function mendGap(from: bigint, to: bigint, signal: AbortSignal): Promise<void> {
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        const { oldest } = await options.bounds()
        if (signal.aborted) return
        if (oldest > from) options.onTruncated(from, oldest)
        else acceptedGapAt = from
        isMending = false
        return startAt(oldest > from ? oldest : from)
      } catch (error) {
        const retryMs = backOffMs(failures)
        logger.warn({ topic, partition, from, to, retryMs, error: sentenceOf(error) }, 'looking into a gap failed')
        await pause(timers, retryMs, signal)
      }
    }
  }

  function keep({ offset, key, value }: KafkaMessage): void {
    records.push({ offset: BigInt(offset), key: key === null ? '' : key.toString(), value: value ?? empty })
    bytes += recordOverheadBytes + (value?.length ?? 0)
  }

  return {
    open,
    bufferedBytes: () => bytes,

    offer(fetched) {
      if (expected === null || isMending || runSignal === null || runSignal.aborted) return
      if (fetched.lastOffset < expected) return
      if (fetched.firstOffset > expected && acceptedGapAt !== expected) {
        isMending = true
        isPaused = true
        flow.pause()
        void mendGap(expected, fetched.firstOffset, runSignal)
        return
      }
      for (const message of fetched.messages) if (BigInt(message.offset) >= expected) keep(message)
      expected = fetched.lastOffset + 1n
      acceptedGapAt = null
      // The broker notes its end before it reads, so what it reads may go beyond.
      highWatermark = fetched.highWatermark > expected ? fetched.highWatermark : expected
      if (!isPaused && bytes > options.bytesMax) {
        isPaused = true
        flow.pause()
      }
      wake?.()
    },

    async take(max, signal): Promise<Chunk | null> {
      while (records.length === 0) {
        if (signal.aborted) return null
        await arrival(signal, waker => {
          wake = waker
        })
      }
      if (signal.aborted) return null
      const taken = records.length <= max ? records : records.slice(0, max)
      records = records.length <= max ? [] : records.slice(max)
      for (const { value } of taken) bytes -= recordOverheadBytes + value.length
      if (isPaused && !isMending && bytes <= options.bytesMax / 2) {
        isPaused = false
        flow.resume()
      }
      // Kafka's high watermark is the offset after the last record; ours is the offset of the last one.
      return { records: taken, highWatermark: highWatermark - 1n }
    },
  }
}

function arrival(signal: AbortSignal, set: (wake: (() => void) | null) => void): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      set(null)
      signal.removeEventListener('abort', done)
      resolve()
    }
    set(done)
    signal.addEventListener('abort', done, { once: true })
  })
}
