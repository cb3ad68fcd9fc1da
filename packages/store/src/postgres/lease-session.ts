import pg from 'pg'
import { asRole } from '../rights/roles.ts'
import type { Timers } from './timers.ts'

export type LeaseSessionOptions = {
  readonly url: string
  readonly role: string
  readonly applicationName: string
  readonly connectTimeoutMs: number
  readonly checkMs: number
  readonly timers: Timers
}

/** A connection of its own, and the leases that live as long as it does. */
export type LeaseSession = {
  readonly client: pg.Client
  readonly held: Map<string, AbortController>
  ended: boolean
  readonly onEnd: () => void
  /** Takes back the next look at whether it lives: a timer would keep the process from ending. */
  stopWatch: () => void
}

/**
 * When the connection dies without a word, this side gives its leases up after `checkMs`, and as long again without an
 * answer; the server, which then lets others have them, must not be sooner.
 */
const serverKeepsLonger = '-c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3'

/** `onEnd` is called once, also when the connection never came to be. */
export async function openLeaseSession(options: LeaseSessionOptions, onEnd: () => void): Promise<LeaseSession> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: `${options.applicationName} leases`,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.checkMs,
    // Watchers of many clusters ask side by side.
    pipeline: true,
    options: `${serverKeepsLonger} ${asRole(options.role)}`,
    keepAlive: true,
  })
  const session: LeaseSession = { client, held: new Map(), ended: false, onEnd, stopWatch: () => undefined }
  const ended = () => endLeaseSession(session)
  client.on('error', ended)
  client.on('end', ended)
  try {
    await client.connect()
  } catch (error) {
    ended()
    throw error
  }
  keepWatch(session, options, ended)
  return session
}

/** Tells everyone who holds a lease that it is lost, and drops the connection; the first time it is called. */
export function endLeaseSession(session: LeaseSession): void {
  if (session.ended) return
  session.ended = true
  session.stopWatch()
  session.onEnd()
  for (const controller of session.held.values()) controller.abort()
  session.held.clear()
  // Ends at once when a statement hangs; a connection that is gone already has nothing to say.
  session.client.end().catch(() => undefined)
}

/** Asks again and again whether the session lives, as long as it does. */
function keepWatch(session: LeaseSession, options: LeaseSessionOptions, ended: () => void): void {
  if (session.ended) return
  session.stopWatch = options.timers.after(options.checkMs, () => {
    session.client.query('select 1').then(() => keepWatch(session, options, ended), ended)
  })
}
