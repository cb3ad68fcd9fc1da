import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import pg from 'pg'
import { sentenceOf } from '../logger.ts'
import { type EventLogTimers, within } from '../timers.ts'
import type { PostgresLogSettings } from './options.ts'

export type Row = Readonly<Record<string, unknown>>

/** The database that holds the log. Its sockets are known, so that none outlives it. */
export type Database = {
  /** One statement, on any connection. A connection on which one failed is not used again. */
  query<R extends Row>(text: string, values?: readonly unknown[]): Promise<readonly R[]>
  /** Several statements on one connection. */
  session<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T>
  /** A connection that listens to a channel, until it is closed or breaks. */
  listen(channel: string, onNotification: (payload: string) => void, onBroken: () => void): Promise<() => void>
  /** Ends all connections, politely for `ms` at most. */
  end(ms: number): Promise<void>
}

/** Rows of one log are only ever in order when each statement sees what was committed before it got its locks. */
const readCommitted = '-c default_transaction_isolation=read\\ committed -c jit=off'

const farewellMs = 1_000

/** int8 as bigint, where pg says text; the other types as pg does. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid, format) =>
    Number(oid) === 20 ? BigInt : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}

export function createDatabase(
  settings: PostgresLogSettings,
  timers: EventLogTimers,
  onResult: (error: unknown | null) => void,
): Database {
  const { logger, requestTimeoutMs } = settings
  const sockets = new Set<Duplex>()
  let isEnded = false

  function openSocket(): Duplex {
    const socket = settings.openSocket?.() ?? new Socket()
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    return socket
  }

  const config: pg.PoolConfig = {
    connectionString: settings.url,
    application_name: settings.applicationName,
    connectionTimeoutMillis: Math.min(5_000, requestTimeoutMs),
    statement_timeout: requestTimeoutMs,
    idle_in_transaction_session_timeout: requestTimeoutMs,
    query_timeout: requestTimeoutMs + 1_000,
    keepAlive: true,
    options: readCommitted,
    stream: openSocket as () => Duplex & undefined,
  }
  const pool = new pg.Pool({ ...config, max: settings.poolSize })
  // Whoever uses a connection that breaks gets the error as well; an idle one needs nobody.
  const lost = (error: Error) => logger.debug?.({ error: error.message }, 'a connection to Postgres was lost')
  pool.on('error', lost)
  pool.on('connect', client => client.on('error', lost))

  async function asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      const answer = await work()
      onResult(null)
      return answer
    } catch (error) {
      onResult(error)
      throw error
    }
  }

  return {
    query: <R extends Row>(text: string, values: readonly unknown[] = []) =>
      asked(async () => {
        const { rows } = await pool.query<R>({ text, values: [...values], types })
        return rows
      }),

    session: work =>
      asked(async () => {
        const client = await pool.connect()
        let failed = true
        try {
          const result = await work(client)
          failed = false
          return result
        } finally {
          client.release(failed)
        }
      }),

    async listen(channel, onNotification, onBroken) {
      const socket = openSocket()
      const client = new pg.Client({ ...config, stream: () => socket as Duplex & undefined })
      let isOpen = true
      const broken = () => {
        if (!isOpen) return
        isOpen = false
        onBroken()
      }
      client.on('error', broken)
      client.on('end', broken)
      client.on('notification', ({ payload }) => onNotification(payload ?? ''))
      const close = () => {
        isOpen = false
        void within(timers, farewellMs, client.end()).then(() => socket.destroy())
      }
      try {
        await client.connect()
        await client.query(`listen ${pg.escapeIdentifier(channel)}`)
        onResult(null)
      } catch (error) {
        close()
        onResult(error)
        throw error
      }
      return close
    },

    async end(ms) {
      if (isEnded) return
      isEnded = true
      // One that cannot say goodbye is cut off: there is nobody left whom its error would help.
      await within(
        timers,
        ms,
        pool.end().catch(error => lost(new Error(sentenceOf(error)))),
      )
      for (const socket of sockets) socket.destroy()
    },
  }
}
