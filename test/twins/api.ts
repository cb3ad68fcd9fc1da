import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'

export type Answer = { readonly code: number; readonly body: string }

export type PatchKind = 'json' | 'merge' | 'strategic'

const patchTypes: Readonly<Record<PatchKind, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
}

/** Plain requests to one API server, over kept connections: what people and kubelets do to it in a story. */
export type Api = {
  get(path: string): Promise<Answer>
  /** `body`: an object, or JSON text that is sent as it is. */
  post(path: string, body: unknown): Promise<Answer>
  patch(path: string, kind: PatchKind, body: unknown): Promise<Answer>
  delete(path: string, options?: unknown): Promise<Answer>
  close(): void
}

/** @param kubeconfig path of one with a token */
export function apiOf(kubeconfig: string): Api {
  const text = readFileSync(kubeconfig, 'utf8')
  const url = /server"?:\s*"?([^\s",]+)/.exec(text)?.[1]
  const token = /token"?:\s*"?([^\s",}]+)/.exec(text)?.[1]
  if (url === undefined || token === undefined) throw new Error(`${kubeconfig} names no server or has no token`)
  // Certificates are not what is compared.
  const agent = new Agent({ keepAlive: true, maxSockets: 16, rejectUnauthorized: false })

  function send(method: string, path: string, body?: unknown, type = 'application/json'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
      const headers = {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(content === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(content) }),
      }
      const sent = request(new URL(path, url), { method, headers, agent }, response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () =>
          resolve({ code: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        )
      })
      sent.once('error', reject)
      sent.end(content)
    })
  }
  return {
    get: path => send('GET', path),
    post: (path, body) => send('POST', path, body),
    patch: (path, kind, body) => send('PATCH', path, body, patchTypes[kind]),
    delete: (path, options) => send('DELETE', path, options),
    close: () => agent.destroy(),
  }
}
