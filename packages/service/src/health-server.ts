import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import { ServiceError } from './errors.ts'
import type { Health } from './health.ts'

export interface HealthServer {
  /** `http://127.0.0.1:9400` */
  readonly url: string
  close(): Promise<void>
}

export type HealthServerOptions = {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly health: Health
  readonly registry: Registry
}

/** A probe or a scrape needs few connections and little time. */
const limits = { connectionsMax: 64, requestMsMax: 10_000 }

/** Serves /healthz (the process answers), /readyz (its named checks) and /metrics. */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    respond(request, response, options).catch(error => {
      response.destroy(error instanceof Error ? error : undefined)
    })
  })
  server.maxConnections = limits.connectionsMax
  server.requestTimeout = limits.requestMsMax
  server.headersTimeout = limits.requestMsMax
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(notListening(error, options)))
    server.listen({ host: options.host, port: options.port }, resolve)
  })
  const { port } = server.address() as AddressInfo
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return {
    url: `http://${host}:${port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close(error => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}

async function respond(request: IncomingMessage, response: ServerResponse, options: HealthServerOptions) {
  const send = (status: number, type: string, body: string) => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
    response.end(request.method === 'HEAD' ? undefined : body)
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(405, 'text/plain', 'GET and HEAD only\n')
  const path = (request.url ?? '').split('?', 1)[0]
  if (path === '/healthz') return send(200, 'text/plain', 'ok\n')
  if (path === '/readyz') {
    const readiness = await options.health.readiness()
    return send(readiness.ready ? 200 : 503, 'application/json', `${JSON.stringify(readiness, null, 2)}\n`)
  }
  if (path === '/metrics') {
    return send(200, options.registry.contentType, await options.registry.metrics())
  }
  return send(404, 'text/plain', 'there is /healthz, /readyz and /metrics\n')
}

function notListening(error: NodeJS.ErrnoException, { host, port }: HealthServerOptions): ServiceError {
  const mend = 'Choose another with --health-port or ROLLCALL_HEALTH_PORT (0: any free one)'
  if (error.code === 'EADDRINUSE') {
    return new ServiceError('port-in-use', `port ${port} of ${host} is used by another process. ${mend}`, {
      cause: error,
    })
  }
  const why = error.code === 'EACCES' ? 'this user may not use it' : error.message
  return new ServiceError('address-refused', `cannot listen on ${host}:${port}: ${why}. ${mend}, or --health-host`, {
    cause: error,
  })
}
