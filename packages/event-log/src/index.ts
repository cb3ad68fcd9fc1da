/** The port: what services know of the log. */
export * from './event-log.ts'
/** The log on Apache Kafka. */
export { createKafkaEventLog } from './kafka/kafka-log.ts'
export type { KafkaEventLogOptions, SocketFactory } from './kafka/options.ts'
/** What the adapters take from outside: a logger and timers; those of `@rollcall/service` fit. */
export type { EventLogLogger } from './logger.ts'
/** The log in memory, and the broker behind it with its hooks for tests and simulation. */
export {
  type AppendFault,
  createMemoryBroker,
  createMemoryEventLog,
  type MemoryBroker,
  type MemoryBrokerOptions,
  type MemoryEventLog,
  type MemoryEventLogOptions,
} from './memory.ts'
/** The log in a Postgres database: embedded mode. */
export type { PostgresEventLogOptions } from './postgres/options.ts'
export { createPostgresEventLog } from './postgres/postgres-log.ts'
export type { EventLogTimers } from './timers.ts'
