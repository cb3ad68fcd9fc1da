import type { TopicName } from '@rollcall/contracts'
import type { EventLog } from '../event-log.ts'

/** What an adapter shows the contract suite of itself. One log for all tests: they keep apart by keys and groups. */
export type LogUnderTest = {
  /** A client of the log, as one more process would be. */
  connect(): EventLog
  readonly recordBytesMax: number
  readonly maxBatchRecords: number
  /** How long anything that must happen may take. */
  readonly patienceMs: number
  /** Appends bytes that no codec wrote, as a foreign program could; null is a record without value. */
  appendBytes(topic: TopicName, key: string, value: Uint8Array | null): Promise<void>
  /** Drops all records before the offset, as retention does. */
  truncate(topic: TopicName, partition: number, oldest: bigint): Promise<void>
  /** Ends a client as a killed process ends: without a goodbye. */
  kill(log: EventLog): Promise<void>
  /** Whether a closed client still holds anything open: connections, timers. */
  isQuiet(log: EventLog): boolean
  close(): Promise<void>
}
