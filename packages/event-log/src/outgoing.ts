import type { TopicName } from '@rollcall/contracts'
import { EventLogError, type LogRecord } from './event-log.ts'

/** One record on its way, already as the bytes that will be kept. */
export type OutgoingRecord = { readonly topic: TopicName; readonly key: string; readonly value: Buffer }

/** Room that a record takes beside key and value: an upper bound of its header in a request. */
const recordOverheadBytes = 48

export function bytesOf(record: OutgoingRecord): number {
  return record.value.length + Buffer.byteLength(record.key) + recordOverheadBytes
}

export function tooLarge(bytes: number, recordBytesMax: number, cause?: unknown): EventLogError {
  return new EventLogError(
    'record-too-large',
    `a record of ${bytes} bytes is larger than the log takes (${recordBytesMax}): make it smaller, or raise the limit here and at the topic`,
    { cause },
  )
}

/** Encodes the records of one append. Throws before anything is sent when one of them is too large. */
export function encodeRecords(
  topic: TopicName,
  records: readonly LogRecord[],
  recordBytesMax: number,
): readonly OutgoingRecord[] {
  return records.map(({ key, value }) => {
    const record: OutgoingRecord = { topic, key, value: Buffer.from(value) }
    const bytes = bytesOf(record)
    if (bytes > recordBytesMax) throw tooLarge(bytes, recordBytesMax)
    return record
  })
}
