import type { Duplex } from 'node:stream'
import { type EventLogLogger, silent } from '../logger.ts'

export type PostgresEventLogOptions = {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string
  /** Shown in `pg_stat_activity`. Default `rollcall-log`. */
  readonly applicationName?: string
  /** Partitions of each topic that `ensureTopics` creates: the most consumers that can share it. Default 12. */
  readonly partitions?: number
  /**
   * How long the log keeps records, by their age while it runs: what lay unread when everything was stopped is there after a
   * restart, however late. Default 7 days.
   */
  readonly retentionMs?: number
  /** How often old records are dropped; for the first time after so long. Default 10 minutes. */
  readonly retentionCheckMs?: number
  readonly logger?: EventLogLogger
  /** A consumer that is silent for so long is taken for dead by the others of its group. Default 10 s. */
  readonly sessionTimeoutMs?: number
  /**
   * No other process uses this log: at the first `ensureTopics`, members that a killed process left behind are dropped, instead of
   * after the session timeout. Default false.
   */
  readonly isAlone?: boolean
  /** How long a running batch may go on when its partition is being taken away, or on close. Default half the session timeout. */
  readonly revokeWaitMs?: number
  /**
   * Notifications tell of new records; the table is asked as well, this often at most, and more rarely the longer it had
   * nothing to tell that had not been notified. Default 100 ms.
   */
  readonly pollMsMin?: number
  /** Default 2 s. */
  readonly pollMsMax?: number
  /** Most records in one batch. Default 1,000. */
  readonly maxBatchRecords?: number
  /** Most bytes in one batch, beside its first record. Default 4 MiB. */
  readonly maxBatchBytes?: number
  /** Largest record taken, with its overhead. Default 1,000,000. */
  readonly recordBytesMax?: number
  /** Most bytes in one insert. Default 1,000,000. */
  readonly requestBytesMax?: number
  /** Most records in one insert. Default 5,000. */
  readonly requestRecordsMax?: number
  /**
   * An insert soon after another waits until so long after it, and takes along what comes meanwhile; one after a quiet time
   * leaves at once. Default 5 ms.
   */
  readonly gatherMs?: number
  /** Bytes of appends under way, at most; further appends wait. Default 16 MiB. */
  readonly queueBytesMax?: number
  /** When a call is given up, once Postgres does not answer. Default 60 s. */
  readonly deadlineMs?: number
  /** The same when Postgres answers that the topic does not exist. Default 10 s. */
  readonly topicMissingMs?: number
  /** How long one statement may take. Default 10 s. */
  readonly requestTimeoutMs?: number
  /** Connections, beside the one that listens. Each is opened when needed. Default 4. */
  readonly poolSize?: number
  /** The network as a port: an unconnected socket. Default: TCP. */
  readonly openSocket?: () => Duplex
}

export type PostgresLogSettings = Required<Omit<PostgresEventLogOptions, 'openSocket'>> &
  Pick<PostgresEventLogOptions, 'openSocket'>

export function settingsOf(options: PostgresEventLogOptions): PostgresLogSettings {
  const sessionTimeoutMs = options.sessionTimeoutMs ?? 10_000
  return {
    applicationName: 'rollcall-log',
    partitions: 12,
    retentionMs: 7 * 24 * 3_600_000,
    retentionCheckMs: 600_000,
    logger: silent,
    sessionTimeoutMs,
    isAlone: false,
    revokeWaitMs: Math.floor(sessionTimeoutMs / 2),
    pollMsMin: 100,
    pollMsMax: 2_000,
    maxBatchRecords: 1_000,
    maxBatchBytes: 4 * 1024 * 1024,
    recordBytesMax: 1_000_000,
    requestBytesMax: 1_000_000,
    requestRecordsMax: 5_000,
    gatherMs: 5,
    queueBytesMax: 16 * 1024 * 1024,
    deadlineMs: 60_000,
    topicMissingMs: 10_000,
    requestTimeoutMs: 10_000,
    poolSize: 4,
    ...options,
  }
}
