import { randomBytes } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type Clock, systemClock, systemTimers, type Timers } from '@rollcall/service'
import type { Faults } from '../cluster/faults.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import type { Tokens } from './authorize.ts'
import type { ApiLimits } from './call.ts'
import { selfSignedCertificate } from './certificate.ts'
import { kubeconfigText } from './kubeconfig.ts'
import { serve } from './request.ts'

export type ServeOptions = {
  readonly store: ObjectStore
  /** Names the cluster and the context in kubeconfigs. */
  readonly clusterName: string
  /** Of the administrator, who may do everything. Default: by chance. */
  readonly token?: string
  /** Of `view`, who may read everything and change nothing. Default: by chance. */
  readonly viewToken?: string
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 0: a free one. */
  readonly port?: number
  /** What ages are told by. Default: the system's. */
  readonly clock?: Clock
  /** Of bookmarks and the ends of watches; clients live in real time. Default: the system's. */
  readonly timers?: Timers
  /** Default: none. */
  readonly faults?: Faults
  readonly limits?: Partial<ApiLimits>
  /** Hears of defects; the client has got a 500. Default: the process ends with them. */
  readonly onDefect?: (error: unknown) => void
}

export type ServedApi = {
  readonly url: string
  readonly port: number
  /** The text of a kubeconfig. */
  kubeconfig(user?: keyof Tokens): string
  /** Cuts all connections. */
  close(): Promise<void>
}

export const defaultLimits: ApiLimits = {
  bodyBytesMax: 3 * 1024 * 1024,
  watchQueueMax: 10_000,
  bookmarkMs: 60_000,
  watchSeconds: 3_600,
}

/**
 * The API server of a simulated cluster, over HTTPS: kubectl sends its token over nothing less.
 * @throws Error with code EADDRINUSE when the port is taken
 */
export async function serveApi(options: ServeOptions): Promise<ServedApi> {
  const { host = '127.0.0.1', clock = systemClock, onDefect = crash } = options
  const api = {
    store: options.store,
    clock,
    timers: options.timers ?? systemTimers,
    faults: options.faults ?? null,
    limits: { ...defaultLimits, ...options.limits },
  }
  const tokens = {
    admin: options.token ?? randomBytes(24).toString('base64url'),
    view: options.viewToken ?? randomBytes(24).toString('base64url'),
  }
  // Of real time, whatever the simulation's: clients check it.
  const certificate = await selfSignedCertificate(['localhost', '127.0.0.1', host], systemClock.now())
  const sockets = new Set<Socket>()
  const server = createServer(
    { ...certificate, keepAliveTimeout: 90_000, requestTimeout: 60_000 },
    (request, response) => {
      serve(api, tokens, request, response).catch(error => {
        // A client that leaves in the middle of its request is no defect.
        if (!request.destroyed || !isGone(error)) onDefect(error)
      })
    },
  )
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, host, () => resolve())
  })
  const { port } = server.address() as AddressInfo
  const url = `https://${host}:${port}`
  return {
    url,
    port,
    kubeconfig: (user = 'admin') =>
      kubeconfigText({
        clusterName: options.clusterName,
        url,
        authority: certificate.cert,
        user,
        token: tokens[user],
      }),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ABORT_ERR'
}

function crash(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
