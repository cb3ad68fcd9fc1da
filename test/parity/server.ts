import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import type { Answer, Call } from './call.ts'

/** An API server that calls are made to, and what its answers told. */
export type Server = {
  readonly url: string
  readonly token: string
  /** What was remembered, by name. */
  readonly memory: Map<string, string>
}

/** @param kubeconfig path of one with a token */
export function serverOf(kubeconfig: string): Server {
  const text = readFileSync(kubeconfig, 'utf8')
  const url = /server"?:\s*"?([^\s",]+)/.exec(text)?.[1]
  const token = /token"?:\s*"?([^\s",}]+)/.exec(text)?.[1]
  if (url === undefined || token === undefined) throw new Error(`${kubeconfig} names no server or has no token`)
  return { url, token, memory: new Map() }
}

export async function make(call: Call, server: Server): Promise<Answer> {
  const path = filled(call.path, server.memory)
  const body = call.body === undefined ? null : typeof call.body === 'string' ? call.body : JSON.stringify(call.body)
  const answer = await send(server, {
    method: call.method,
    path,
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${server.token}`,
      'user-agent': 'parity/1',
      ...call.headers,
    },
    body: body === null ? null : filled(body, server.memory),
  })
  for (const [name, place] of Object.entries(call.remember ?? {})) {
    const value = place
      .split('.')
      .reduce((inner: unknown, key) => (inner as Record<string, unknown>)?.[key], answer.body)
    if (typeof value !== 'string') {
      throw new Error(
        `"${call.name}": ${server.url} answered ${answer.code} without ${place}: ${JSON.stringify(answer.body).slice(0, 500)}`,
      )
    }
    server.memory.set(name, value)
  }
  return answer
}

function filled(text: string, memory: ReadonlyMap<string, string>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_whole, name: string) => {
    const value = memory.get(name)
    if (value === undefined) throw new Error(`no call has remembered ${name}`)
    return value
  })
}

type Sent = {
  readonly method: string
  readonly path: string
  readonly headers: { readonly [name: string]: string }
  readonly body: string | null
}

function send(server: Server, { method, path, headers, body }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const sent = request(
      new URL(path, server.url),
      // Certificates are not what is compared.
      { method, headers: { ...headers, ...length }, rejectUnauthorized: false },
      response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const warning = response.headers.warning
          resolve({
            code: response.statusCode ?? 0,
            contentType: response.headers['content-type'] ?? '',
            warnings: warning === undefined ? [] : [String(warning)],
            body: parsed(Buffer.concat(chunks).toString('utf8')),
          })
        })
      },
    )
    sent.on('error', reject)
    sent.end(body ?? undefined)
  })
}

/** JSON, the lines of a watch, or the text itself. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // No document: perhaps lines, perhaps no JSON at all.
  }
  try {
    return text
      .trim()
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as unknown)
  } catch {
    return text
  }
}
