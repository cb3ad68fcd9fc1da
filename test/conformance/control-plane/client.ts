import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { Refused } from '../api/cluster.ts'
import type { JsonObject } from '../manifest.ts'

const connectionsMax = 24
const answerMsMax = 60_000

/** An API server as its administrator reaches it: JSON there and back. */
export type Client = {
  /** @throws Refused with what the API server answers when it is not 2xx */
  send(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: JsonObject): Promise<JsonObject>
  close(): void
}

/** `kubeconfig`: the administrator's, as infra writes it. */
export function connectAdmin(server: string, kubeconfig: string): Client {
  const config = readFileSync(kubeconfig, 'utf8')
  const authority = /certificate-authority-data: (\S+)/.exec(config)?.[1]
  const token = /token: (\S+)/.exec(config)?.[1]
  if (authority === undefined || token === undefined) throw new Error(`${kubeconfig} has no authority and token`)
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax, ca: Buffer.from(authority, 'base64') })
  return {
    send: (method, path, body) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? '' : JSON.stringify(body)
        const headers = {
          'content-length': Buffer.byteLength(text),
          authorization: `Bearer ${token}`,
          'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        }
        const sent = request(new URL(path, server), { method, agent, headers, timeout: answerMsMax }, response => {
          const chunks: Buffer[] = []
          response.on('data', chunk => chunks.push(chunk as Buffer))
          response.once('error', reject)
          response.once('end', () => {
            const answer = Buffer.concat(chunks).toString('utf8')
            const { statusCode = 0 } = response
            if (statusCode >= 200 && statusCode < 300) resolve(JSON.parse(answer) as JsonObject)
            else reject(new Refused(statusCode, messageOf(answer)))
          })
        })
        sent.once('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer within ${answerMsMax} ms`)))
        sent.once('error', reject)
        sent.end(text)
      }),
    close: () => agent.destroy(),
  }
}

/** Of a Status; anything else is its own message. */
function messageOf(answer: string): string {
  if (!answer.startsWith('{')) return answer
  const { message } = JSON.parse(answer) as { message?: string }
  return message ?? answer
}
