import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Kafka, type LogEntry, logLevel } from 'kafkajs'
import { type EventLogTimers, within } from '../timers.ts'
import { mendKafkajs } from './mend-kafkajs.ts'
import type { KafkaSettings, SocketFactory } from './options.ts'

mendKafkajs()

const keepAliveMs = 60_000

const openSocket: SocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = ssl
    ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
    : connect({ host, port }, onConnect)
  socket.setKeepAlive(true, keepAliveMs)
  socket.setNoDelay(true)
  return socket
}

/**
 * A kafkajs client for one purpose (one producer, one consumer, one admin): kafkajs shares committed offsets between the
 * consumers of a client, so they must not share the client. Its sockets are known, so that none outlives it.
 */
export type Connection = {
  readonly kafka: Kafka
  /** Runs the client's own farewell for `ms` at most, then cuts whatever is left open. */
  end(timers: EventLogTimers, ms: number, farewell: () => Promise<void>): Promise<void>
}

/** Retries inside kafkajs: quick, and few enough that control comes back here in some seconds. */
export const retries = { initialRetryTime: 50, multiplier: 2, factor: 0.2, maxRetryTime: 1_000, retries: 6 }

export function createConnection(settings: KafkaSettings, purpose: string): Connection {
  const sockets = new Set<Socket>()
  const factory = settings.socketFactory ?? openSocket
  const kafka = new Kafka({
    brokers: [...settings.brokers],
    clientId: `${settings.clientId}-${purpose}`,
    ...(settings.ssl === undefined ? {} : { ssl: settings.ssl }),
    ...(settings.sasl === undefined ? {} : { sasl: settings.sasl }),
    connectionTimeout: 3_000,
    requestTimeout: settings.requestTimeoutMs,
    retry: retries,
    socketFactory: arguments_ => {
      const socket = factory(arguments_)
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      return socket
    },
    logLevel: logLevel.INFO,
    logCreator: () => entry => passOn(settings, purpose, entry),
  })
  return {
    kafka,
    async end(timers, ms, farewell) {
      // A client that cannot say goodbye is cut off: there is nobody left whom its error would help.
      await within(timers, ms, farewell())
      for (const socket of sockets) socket.destroy()
    },
  }
}

/**
 * What kafkajs logs as errors are mostly retries that succeed ("the coordinator is loading"), so its lines are for
 * debugging; what people must know is logged here, where it is known.
 */
function passOn(settings: KafkaSettings, purpose: string, entry: LogEntry): void {
  const { message, timestamp: _, logger: __, ...facts } = entry.log
  settings.logger.debug?.({ purpose, namespace: entry.namespace, ...facts }, `kafkajs: ${message}`)
}
