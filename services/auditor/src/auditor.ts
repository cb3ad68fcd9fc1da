import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { asError, errorFacts, ServiceError, wait } from '@rollcall/service'
import { isUnreachable } from '@rollcall/store'
import { auditAnswers } from './answers/audits.ts'
import { eventAnswers } from './answers/events.ts'
import { fleetAuditAnswers } from './answers/fleet-audits.ts'
import { handOverAnswers } from './answers/hand-over.ts'
import { historyAnswers } from './answers/history.ts'
import { listAnswers } from './answers/lists.ts'
import { whyAnswers } from './answers/why.ts'
import { createFollow } from './follow/follow.ts'
import { Heads } from './follow/heads.ts'
import { createApp } from './http/app.ts'
import { isLoopback } from './http/local-name.ts'
import type { AuditorPorts } from './ports.ts'
import { type AuditorSettings, defaultSettings } from './settings.ts'

/** A running auditor. */
export interface Auditor {
  /** Base address of the API: `http://127.0.0.1:7070`. */
  readonly url: string
  /** Why the store keeps it from answering, as a sentence; null: it does not. */
  readonly checks: { store(): Promise<string | null> }
  /** Answers what was asked already (bounded), ends event streams, and no longer listens. */
  stop(): Promise<void>
}

/**
 * Starts an auditor: it listens when this resolves. A store that does not answer yet is no reason not to; one that cannot be
 * used at all is. @throws StoreError, ServiceError
 */
export async function startAuditor(ports: AuditorPorts, settings: Partial<AuditorSettings> = {}): Promise<Auditor> {
  const all = { ...defaultSettings, ...settings }
  const { store, logger, timers } = ports
  try {
    await store.ready()
  } catch (error) {
    if (!isUnreachable(error)) throw error
    logger.warn(errorFacts(error), `the store does not answer yet; questions are told so: ${asError(error).message}`)
  }
  const heads = new Heads(ports, all.followPollMs)
  const answers = {
    ...listAnswers(store),
    ...whyAnswers(store),
    ...historyAnswers(store),
    ...auditAnswers(store, ports.clock),
    ...handOverAnswers(store),
    ...fleetAuditAnswers(store, ports.clock),
    ...eventAnswers(store),
  }
  const app = createApp(ports, all, answers, createFollow({ ...ports, heads }, all))
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  server.maxConnections = all.connectionsMax
  server.headersTimeout = 10_000
  server.requestTimeout = 30_000
  const url = await listen(server, all)
  if (all.token === null && !isLoopback(all.host)) {
    logger.warn({ url }, 'whoever reaches this address may read the whole record: set --token')
  }
  let stopped: Promise<void> | null = null
  // A connection that has answered while stopping is not waited for.
  server.on('request', (_, response) => {
    response.once('close', () => {
      if (stopped) setImmediate(() => server.closeIdleConnections())
    })
  })
  const stop = async () => {
    heads.close()
    const closed = new Promise<void>((resolve, reject) => {
      server.close(error => (error ? reject(error) : resolve()))
    })
    server.closeIdleConnections()
    const done = new AbortController()
    const bound = wait(timers, all.drainMsMax, done.signal).then(() => server.closeAllConnections())
    try {
      await closed
    } finally {
      done.abort()
      await bound
    }
  }
  return {
    url,
    checks: { store: async () => ((await store.healthy()) ? null : 'the store does not answer') },
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
}

async function listen(server: Server, { host, port }: Pick<AuditorSettings, 'host' | 'port'>): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(notListening(error, host, port)))
    server.listen({ host, port }, resolve)
  })
  const { port: taken } = server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${taken}`
}

function notListening(error: NodeJS.ErrnoException, host: string, port: number): ServiceError {
  const mend = 'Choose another with --port (0: any free one)'
  if (error.code === 'EADDRINUSE') {
    return new ServiceError('port-in-use', `port ${port} of ${host} is used by another process. ${mend}`, {
      cause: error,
    })
  }
  const why = error.code === 'EACCES' ? 'this user may not use it' : error.message
  return new ServiceError('address-refused', `cannot listen on ${host}:${port}: ${why}. ${mend}, or --host`, {
    cause: error,
  })
}
