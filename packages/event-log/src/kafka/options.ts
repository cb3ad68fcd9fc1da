import type { KafkaConfig } from 'kafkajs'
import { type EventLogLogger, silent } from '../logger.ts'

/** Opens the connections to the brokers; the network as a port. */
export type SocketFactory = NonNullable<KafkaConfig['socketFactory']>

export type KafkaEventLogOptions = {
  /** `host:port` of one broker or more; the others are found through them. */
  readonly brokers: readonly string[]
  /** Names this process in the brokers' logs and quotas. */
  readonly clientId: string
  /** Partitions of each topic that `ensureTopics` creates: the most consumers that can share it. Default 12. */
  readonly partitions?: number
  /** Copies of each partition. Default null: what the brokers are set to. */
  readonly replicationFactor?: number | null
  /**
   * How long the topics keep records. Must outlast the longest time a consumer may be down: what is gone from here
   * before it was consumed is lost to the ledger. Default 7 days.
   */
  readonly retentionMs?: number
  readonly logger?: EventLogLogger
  /**
   * A consumer that is silent for so long is taken for dead by the group, and restarted by its watchdog. Lower: a
   * killed process is replaced sooner. Higher: a pause of the garbage collector or the network is forgiven.
   * Default 10 s; brokers take 6 s or more unless told otherwise.
   */
  readonly sessionTimeoutMs?: number
  /**
   * How long the brokers wait for every consumer to join in when the group changes. Default 30 s; at least the session timeout.
   */
  readonly rebalanceTimeoutMs?: number
  /** How long a running batch may go on when its partition is being taken away, or on close. Default half the session timeout. */
  readonly revokeWaitMs?: number
  /**
   * How long a fetch waits at the broker when there is nothing to read (an arriving record ends the wait). It bounds how late
   * a partition that had been full is read again. Lower costs idle CPU. Default 100 ms.
   */
  readonly fetchWaitMs?: number
  /** Most records in one batch. Default 1,000. */
  readonly maxBatchRecords?: number
  /** Bytes read ahead per partition, at most, beside one fetch of 1 MiB. Default 4 MiB. */
  readonly readAheadBytesMax?: number
  /** Largest record taken, with its overhead. Topics that `ensureTopics` creates take it. Default 1,000,000. */
  readonly recordBytesMax?: number
  /** Most bytes in one request. Default 1,000,000, which brokers and topics take unless they were told otherwise. */
  readonly requestBytesMax?: number
  /** Most records in one request. Default 5,000. */
  readonly requestRecordsMax?: number
  /**
   * A request soon after another waits until so long after it, and takes along what comes meanwhile; one after a quiet time
   * leaves at once. Higher: less work for brokers and readers under load. Lower: less delay under load. Default 50 ms.
   */
  readonly gatherMs?: number
  /** Bytes of appends under way, at most; further appends wait. Default 16 MiB. */
  readonly queueBytesMax?: number
  /** When a call is given up, once the brokers do not answer: checked after each attempt of some seconds. Default 60 s. */
  readonly deadlineMs?: number
  /** The same when the brokers answer that the topic does not exist. Default 10 s. */
  readonly topicMissingMs?: number
  /** How long one request may take. Default 10 s. */
  readonly requestTimeoutMs?: number
  /**
   * `gzip` makes requests smaller and costs CPU on both sides (bench/throughput.ts prints both). Default `none`.
   */
  readonly compression?: 'none' | 'gzip'
  readonly ssl?: KafkaConfig['ssl']
  readonly sasl?: KafkaConfig['sasl']
  /** Default: TCP, or TLS with `ssl`, without Nagle's delay. */
  readonly socketFactory?: SocketFactory
}

export type KafkaSettings = Required<Omit<KafkaEventLogOptions, 'ssl' | 'sasl' | 'socketFactory'>> &
  Pick<KafkaEventLogOptions, 'ssl' | 'sasl' | 'socketFactory'>

export function settingsOf(options: KafkaEventLogOptions): KafkaSettings {
  const sessionTimeoutMs = options.sessionTimeoutMs ?? 10_000
  return {
    partitions: 12,
    replicationFactor: null,
    retentionMs: 7 * 24 * 3_600_000,
    logger: silent,
    sessionTimeoutMs,
    rebalanceTimeoutMs: Math.max(30_000, sessionTimeoutMs),
    revokeWaitMs: Math.floor(sessionTimeoutMs / 2),
    fetchWaitMs: 100,
    maxBatchRecords: 1_000,
    readAheadBytesMax: 4 * 1024 * 1024,
    recordBytesMax: 1_000_000,
    requestBytesMax: 1_000_000,
    requestRecordsMax: 5_000,
    gatherMs: 50,
    queueBytesMax: 16 * 1024 * 1024,
    deadlineMs: 60_000,
    topicMissingMs: 10_000,
    requestTimeoutMs: 10_000,
    compression: 'none',
    ...options,
  }
}
