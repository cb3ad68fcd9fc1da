import { mkdtemp, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { topics } from '@rollcall/contracts'
import { type Postgres, startPostgres } from '@rollcall/infra'
import pg from 'pg'
import type { EventLog } from '../event-log.ts'
import { partitionOf } from '../partition-of.ts'
import type { PostgresEventLogOptions } from '../postgres/options.ts'
import { createPostgresEventLog } from '../postgres/postgres-log.ts'
import type { LogUnderTest } from './log-under-test.ts'

export type Said = { readonly level: string; readonly message: string; readonly facts: object }

/** The network between one client and Postgres, with faults on demand. */
export type PostgresNetwork = {
  readonly openSockets: () => number
  /** From now on nothing is heard of the server, and nobody says so: connections stay open. */
  stall(): void
  /** Cuts all connections, and lets none be made until `mend`. */
  cut(): void
  mend(): void
}

export type Client = { readonly log: EventLog; readonly network: PostgresNetwork; readonly said: readonly Said[] }

/** A real Postgres with clients that can be cut off from it. */
export type PostgresFixture = {
  readonly server: Postgres
  connect(options?: Partial<PostgresEventLogOptions>): Client
  /** A statement past the log, as a foreign program could. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>
  readonly underTest: LogUnderTest
  close(): Promise<void>
}

/** Short, so that a killed consumer is soon missed. */
const sessionTimeoutMs = 2_000
const recordBytesMax = 200_000
const maxBatchRecords = 100
const partitions = 6

function createNetwork(): PostgresNetwork & { open(): Socket } {
  const sockets = new Set<Socket>()
  let state: 'up' | 'stalled' | 'cut' = 'up'
  return {
    open() {
      const socket = new Socket()
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      // pg attaches its listeners after this returns; they would let the data flow again.
      if (state === 'stalled') socket.once('connect', () => queueMicrotask(() => socket.pause()))
      if (state === 'cut') queueMicrotask(() => socket.destroy(new Error('connection error: the network is cut')))
      return socket
    },
    openSockets: () => sockets.size,
    stall() {
      state = 'stalled'
      for (const socket of sockets) socket.pause()
    },
    cut() {
      state = 'cut'
      for (const socket of sockets) socket.destroy(new Error('connection error: the network is cut'))
    },
    mend() {
      state = 'up'
      for (const socket of sockets) socket.resume()
    },
  }
}

function listen(): { said: Said[]; logger: NonNullable<PostgresEventLogOptions['logger']> } {
  const said: Said[] = []
  const at = (level: string) => (facts: object, message: string) => {
    said.push({ level, message, facts })
  }
  return { said, logger: { info: at('info'), warn: at('warn'), error: at('error') } }
}

export async function startPostgresFixture(via: 'native' | 'docker'): Promise<PostgresFixture> {
  const dir = await mkdtemp(join(tmpdir(), 'rollcall-event-log-'))
  const server = await startPostgres({ dir, via })
  const clients = new Map<EventLog, Client>()
  const foreign = new pg.Pool({ connectionString: server.url, max: 2 })
  foreign.on('error', () => undefined)

  async function query(text: string, values: readonly unknown[] = []) {
    return (await foreign.query<Record<string, unknown>>(text, [...values])).rows
  }

  function connect(options: Partial<PostgresEventLogOptions> = {}): Client {
    const network = createNetwork()
    const { said, logger } = listen()
    const log = createPostgresEventLog({
      url: server.url,
      partitions,
      sessionTimeoutMs,
      recordBytesMax,
      maxBatchRecords,
      logger,
      openSocket: network.open,
      ...options,
    })
    const client = { log, network, said }
    clients.set(log, client)
    return client
  }

  return {
    server,
    connect,
    query,
    underTest: {
      connect: () => connect().log,
      recordBytesMax,
      maxBatchRecords,
      patienceMs: 30_000,
      async appendBytes(topic, key, value) {
        await query(
          `with moved as (
             update log.partitions set next_offset = next_offset + 1 where topic = $1 and number = $2
             returning id, next_offset - 1 as "offset"
           )
           insert into log.records (partition, record_offset, key, value) select id, "offset", $3, $4::bytea from moved`,
          [topic, partitionOf(key, partitions), key, value === null ? null : Buffer.from(value)],
        )
      },
      async truncate(topic, partition, oldest) {
        await query(
          `with moved as (
             update log.partitions set oldest_offset = $3 where topic = $1 and number = $2 returning id
           )
           delete from log.records using moved where partition = moved.id and record_offset < $3`,
          [topic, partition, oldest],
        )
      },
      async kill(log) {
        clients.get(log)?.network.cut()
      },
      isQuiet: log => clients.get(log)?.network.openSockets() === 0,
      close: async () => undefined,
    },
    async close() {
      await Promise.all([...clients.keys()].map(log => log.close()))
      await foreign.end()
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

export const topic = topics.events
