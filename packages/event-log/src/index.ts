export * from './event-log.ts'
export { createKafkaEventLog } from './kafka/kafka-log.ts'
export type { KafkaEventLogOptions, SocketFactory } from './kafka/options.ts'
export type { EventLogLogger } from './logger.ts'
export {
  type AppendFault,
  createMemoryBroker,
  createMemoryEventLog,
  type MemoryBroker,
  type MemoryBrokerOptions,
  type MemoryEventLog,
  type MemoryEventLogOptions,
} from './memory.ts'
export type { EventLogTimers } from './timers.ts'
