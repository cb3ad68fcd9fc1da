import type { TopicName } from '@rollcall/contracts'
import { EventLogError, type LogRecord } from './event-log.ts'
import { bytesOf, encodeRecords, type OutgoingRecord, tooLarge } from './outgoing.ts'
import { backOffMs } from './timers.ts'

/** What became of one attempt to send a batch. */
export type SendResult =
  | { readonly kind: 'durable' }
  /** Not known to be durable; may work later. */
  | { readonly kind: 'retry'; readonly code: 'unreachable' | 'topic-missing'; readonly cause: unknown }
  /** The log refuses a batch of this size. */
  | { readonly kind: 'too-large'; readonly cause: unknown }
  /** Will not work however often it is tried. */
  | { readonly kind: 'failed'; readonly cause: unknown }

/** Sends batches, one at a time. */
export interface Sender {
  /** Sends the records, in order. Called again with the very same batch after `retry`. Never rejects. */
  send(batch: readonly OutgoingRecord[]): Promise<SendResult>
  /** Forgets the batch of the last `retry`: what is sent next is something else. */
  forget(): Promise<void>
}

export type AppendQueueOptions = {
  readonly sender: Sender
  readonly recordBytesMax: number
  readonly batchBytesMax: number
  readonly batchRecordsMax: number
  /** Appends wait while more than this is under way. */
  readonly queueBytesMax: number
  readonly deadlineMs: number
  readonly topicMissingMs: number
  /** Milliseconds on a clock that does not jump. */
  readonly now: () => number
  /** Requests that are not full leave at least so far apart, in ms. */
  readonly gatherMs: number
  readonly wait: (ms: number) => Promise<void>
}

type Append = {
  readonly deadlineAt: number
  readonly topicDeadlineAt: number
  unsent: number
  /** Set when its outcome is known: what is left of it must not be sent. */
  isSettled: boolean
  readonly resolve: () => void
  readonly reject: (error: EventLogError) => void
}
type Entry = { readonly append: Append; readonly record: OutgoingRecord; readonly bytes: number }
type Room = { readonly bytes: number; readonly enter: (error: EventLogError | null) => void }

export type AppendQueue = {
  append(topic: TopicName, records: readonly LogRecord[]): Promise<void>
  /** Takes nothing new; resolves when what is under way is settled, or was rejected because the deadline passed. */
  close(): Promise<void>
  readonly queuedBytes: () => number
}

/**
 * Micro-batching: whatever has been appended while one request was under way goes out with the next. After a quiet time
 * a request leaves at once; soon after another it waits a moment for company, because each costs the brokers and every
 * reader behind them about the same, whatever it carries. Appends keep their order, and so do the records of each.
 */
export function createAppendQueue(options: AppendQueueOptions): AppendQueue {
  const { sender, now } = options
  let entries: Entry[] = []
  let queuedBytes = 0
  const waiting: Room[] = []
  let flushing: Promise<void> | null = null
  let isClosed = false
  let mayHoldSettled = false
  let sentAt = Number.NEGATIVE_INFINITY

  function letIn(): void {
    while (waiting[0] && (queuedBytes === 0 || queuedBytes + waiting[0].bytes <= options.queueBytesMax)) {
      const room = waiting.shift()
      if (!room) return
      queuedBytes += room.bytes
      room.enter(null)
    }
  }

  /** Resolves when there is room for so many bytes; one append may be larger than the whole queue, alone. */
  function room(bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      waiting.push({ bytes, enter: error => (error ? reject(error) : resolve()) })
      letIn()
    })
  }

  function settle(append: Append, error: EventLogError | null): void {
    if (append.isSettled) return
    append.isSettled = true
    if (error) {
      mayHoldSettled = true
      append.reject(error)
    } else append.resolve()
  }

  function release(done: readonly Entry[]): void {
    for (const entry of done) queuedBytes -= entry.bytes
    letIn()
  }

  /** As much from the front as one request may carry; at least one record. */
  function nextBatch(): Entry[] {
    let bytes = 0
    let count = 0
    for (const entry of entries) {
      if (count > 0 && (count === options.batchRecordsMax || bytes + entry.bytes > options.batchBytesMax)) break
      bytes += entry.bytes
      count++
    }
    return entries.splice(0, count)
  }

  /** What is left of a rejected append must not reach the log. */
  function dropSettled(): void {
    if (!mayHoldSettled) return
    mayHoldSettled = false
    const dead = entries.filter(entry => entry.append.isSettled)
    entries = entries.filter(entry => !entry.append.isSettled)
    release(dead)
  }

  /** Rejects the appends whose time is over; tells whether there were any in the batch. */
  function giveUpOverdue(batch: readonly Entry[], result: SendResult & { kind: 'retry' }): boolean {
    const at = now()
    let gaveUp = false
    for (const { append } of batch) {
      const deadlineAt = result.code === 'topic-missing' ? append.topicDeadlineAt : append.deadlineAt
      if (append.isSettled || at < deadlineAt) continue
      gaveUp = true
      const message =
        result.code === 'topic-missing'
          ? 'the topic does not exist: create it with ensureTopics()'
          : `the log did not confirm the records within ${options.deadlineMs} ms: they may or may not be in it`
      settle(append, new EventLogError(result.code, message, { cause: result.cause }))
    }
    return gaveUp
  }

  function confirm(batch: readonly Entry[]): void {
    for (const { append } of batch) {
      append.unsent--
      if (append.unsent === 0) settle(append, null)
    }
    release(batch)
  }

  function refuse(batch: readonly Entry[], error: EventLogError): void {
    for (const { append } of batch) settle(append, error)
    release(batch)
  }

  /** Sends one batch until its outcome is known; puts back what has to be sent in another batch. */
  async function sendOut(batch: Entry[]): Promise<void> {
    const records = batch.map(entry => entry.record)
    for (let failures = 1; ; failures++) {
      const result = await sender.send(records)
      if (result.kind === 'durable') return confirm(batch)
      if (result.kind === 'retry') {
        if (giveUpOverdue(batch, result)) {
          await sender.forget()
          entries = [...batch, ...entries]
          return
        }
        await options.wait(backOffMs(failures, 100, 1_000))
        continue
      }
      await sender.forget()
      const [first] = batch
      if (result.kind === 'too-large' && batch.length > 1 && first) {
        // Together they are too large for the log's own limit: one by one, so that only the guilty is refused.
        for (const entry of batch) {
          if (entry.append.isSettled) release([entry])
          else await sendOut([entry])
        }
        return
      }
      return refuse(
        batch,
        result.kind === 'too-large'
          ? tooLarge(first?.bytes ?? 0, options.recordBytesMax, result.cause)
          : new EventLogError('failed', 'the log refused the records', { cause: result.cause }),
      )
    }
  }

  function isFull(): boolean {
    return entries.length >= options.batchRecordsMax || queuedBytes >= options.batchBytesMax
  }

  /** Resolves when the next request may leave. */
  async function gather(): Promise<void> {
    // Appends of the same tick go out together.
    await Promise.resolve()
    const waitMs = sentAt + options.gatherMs - now()
    if (waitMs > 0 && !isFull() && !isClosed) await options.wait(waitMs)
  }

  async function flush(): Promise<void> {
    while (entries.length > 0) {
      await gather()
      dropSettled()
      const batch = nextBatch()
      sentAt = now()
      if (batch.length > 0) await sendOut(batch)
    }
    flushing = null
  }

  return {
    queuedBytes: () => queuedBytes,

    async append(topic, records) {
      if (isClosed) throw new EventLogError('closed', 'the log is closed')
      if (records.length === 0) return
      const outgoing = encodeRecords(topic, records, options.recordBytesMax).map(record => ({
        record,
        bytes: bytesOf(record),
      }))
      const deadlineAt = now() + options.deadlineMs
      const topicDeadlineAt = now() + options.topicMissingMs
      await room(outgoing.reduce((sum, { bytes }) => sum + bytes, 0))
      await new Promise<void>((resolve, reject) => {
        const append: Append = {
          deadlineAt,
          topicDeadlineAt,
          unsent: outgoing.length,
          isSettled: false,
          resolve,
          reject,
        }
        for (const { record, bytes } of outgoing) entries.push({ append, record, bytes })
        flushing ??= flush()
      })
    },

    async close() {
      isClosed = true
      const refused = new EventLogError('closed', 'the log was closed before there was room for the records')
      for (const { enter } of waiting.splice(0)) enter(refused)
      await flushing
    },
  }
}
