import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** One request as the fake server saw it. */
export type SeenRequest = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export type Answer = (request: SeenRequest, response: ServerResponse) => void

/** An HTTP server on loopback whose answers a test writes itself, and a kubeconfig that points at it. */
export type FakeServer = {
  readonly kubeconfig: string
  readonly directory: string
  readonly port: number
  readonly seen: SeenRequest[]
  /** How many connections are open now. */
  connections(): number
  /** How many were ever opened. */
  connectionsEver(): number
  answer(answer: Answer): void
  /** Cuts every connection and stops listening; `start` listens on the same port again. */
  stop(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

export async function startFakeServer(answer: Answer): Promise<FakeServer> {
  const seen: SeenRequest[] = []
  const sockets = new Set<Socket>()
  let present = answer
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      const entry = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
      seen.push(entry)
      present(entry, response)
    })
  })
  let opened = 0
  server.on('connection', socket => {
    opened += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  let port = 0
  const start = () => new Promise<void>(resolve => server.listen(port, '127.0.0.1', () => resolve()))
  const stop = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  await start()
  port = (server.address() as AddressInfo).port
  const directory = mkdtempSync(join(tmpdir(), 'rollcall-kube-'))
  const kubeconfig = join(directory, 'config')
  writeFileSync(kubeconfig, kubeconfigText(`http://127.0.0.1:${port}`, {}))
  return {
    kubeconfig,
    directory,
    port,
    seen,
    connections: () => sockets.size,
    connectionsEver: () => opened,
    answer: next => {
      present = next
    },
    stop,
    start,
    async close() {
      if (server.listening) await stop()
      rmSync(directory, { recursive: true })
    },
  }
}

/** A kubeconfig of one cluster `c`, user `u` and context `fake`. */
export function kubeconfigText(server: string, user: object): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'fake',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'fake', context: { cluster: 'c', user: 'u' } }],
  })
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}
