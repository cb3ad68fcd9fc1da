import { Agent, request } from 'node:https'

/** Enough to keep an API server busy; each connection costs a TLS handshake. */
const connectionsMax = 32
const answerMsMax = 30_000

export type Answer = { readonly status: number; readonly body: string }

/** Just enough of a client to set a cluster up: plain requests over kept connections. */
export type Api = {
  get(path: string): Promise<Answer>
  post(path: string, object: unknown): Promise<Answer>
  delete(path: string): Promise<Answer>
  close(): void
}

/** With a token, or with a certificate of one's own. */
export function connectApi(
  server: string,
  authority: string | Buffer,
  token: string | null,
  certificate: { readonly cert: Buffer; readonly key: Buffer } | null = null,
): Api {
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax, ca: authority, ...certificate })
  const send = (method: string, path: string, body?: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers = {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      }
      const sent = request(new URL(path, server), { method, agent, headers, timeout: answerMsMax }, response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk as Buffer))
        response.once('error', reject)
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        )
      })
      sent.once('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer within ${answerMsMax} ms`)))
      sent.once('error', reject)
      sent.end(body)
    })
  return {
    get: path => send('GET', path),
    post: (path, object) => send('POST', path, JSON.stringify(object)),
    delete: path => send('DELETE', path),
    close: () => agent.destroy(),
  }
}
