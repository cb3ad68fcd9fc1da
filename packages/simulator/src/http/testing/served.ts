import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { createManualTime, type ManualTime } from '@rollcall/service'
import { createFaults, type Faults } from '../../cluster/faults.ts'
import { createRandom } from '../../cluster/random.ts'
import { createObjectStore } from '../../objects/create-object-store.ts'
import type { ObjectStore } from '../../objects/object-store.ts'
import type { ApiLimits } from '../call.ts'
import { type ServedApi, serveApi } from '../serve-api.ts'

export type Sent = {
  readonly method?: string
  readonly token?: string | null
  readonly headers?: { readonly [name: string]: string }
  readonly body?: unknown
}

export type Got = {
  readonly code: number
  readonly headers: IncomingMessage['headers']
  /** As it came; JSON nearly always. */
  readonly text: string
  /** @throws SyntaxError */
  json(): Body
}

/** An answer's JSON, read loosely. */
export type Body = {
  readonly kind: string
  readonly message: string
  readonly reason: string
  readonly metadata: { readonly [field: string]: string | number }
  readonly items: readonly { readonly metadata: { readonly name: string } }[]
  readonly [field: string]: unknown
}

export type WatchLine = {
  readonly type: string
  readonly object: Body
}

export type Watching = {
  readonly code: number
  /** The next line; null at the end, however it came. */
  next(): Promise<WatchLine | null>
  /** Stops reading, as a client that is too slow. */
  pause(): void
  /** Reads on. */
  resume(): void
  close(): void
}

/** An API server on loopback over a store of its own, in manual time. */
export type Served = {
  readonly store: ObjectStore
  readonly time: ManualTime
  readonly faults: Faults
  readonly api: ServedApi
  send(path: string, sent?: Sent): Promise<Got>
  watch(path: string, headers?: Sent['headers']): Promise<Watching>
  close(): Promise<void>
}

export const tokens = { admin: 'token-of-admin', view: 'token-of-view' }

export async function served(limits: Partial<ApiLimits> = {}): Promise<Served> {
  const time = createManualTime(Date.parse('2026-01-01T00:00:00Z'))
  const store = createObjectStore({ clock: time.clock, random: createRandom('served') })
  const faults = createFaults(createRandom('faults'))
  const api = await serveApi({
    store,
    clusterName: 'served',
    token: tokens.admin,
    viewToken: tokens.view,
    clock: time.clock,
    timers: time.timers,
    faults,
    limits,
  })
  return {
    store,
    time,
    faults,
    api,
    close: () => api.close(),
    async send(path, sent = {}) {
      const response = await open(api, path, sent)
      const chunks: Buffer[] = []
      for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString('utf8')
      return {
        code: response.statusCode ?? 0,
        headers: response.headers,
        text,
        json: () => JSON.parse(text) as Body,
      }
    },
    async watch(path, headers = {}) {
      const response = await open(api, path, { headers })
      const lines = linesOf(response)
      return {
        code: response.statusCode ?? 0,
        async next() {
          const { value, done } = await lines.next()
          return done ? null : (JSON.parse(value) as WatchLine)
        },
        pause: () => response.socket.pause(),
        resume: () => response.socket.resume(),
        close: () => response.destroy(),
      }
    },
  }
}

/** Ends where the stream ends, also if the connection was cut. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<string, void, void> {
  let rest = ''
  response.setEncoding('utf8')
  try {
    for await (const chunk of response as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ECONNRESET') throw error
  }
}

async function open(api: ServedApi, path: string, sent: Sent): Promise<IncomingMessage> {
  const { method = 'GET', token = tokens.admin, headers = {}, body } = sent
  const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body)
  const outgoing = request(new URL(path, api.url), {
    method,
    agent: false,
    rejectUnauthorized: false,
    headers: {
      accept: 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(text === null
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
      ...headers,
    },
  })
  outgoing.end(text ?? undefined)
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  return response
}

export function daemonSet(name: string, labels: { readonly [key: string]: string } = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: 'default', labels },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'nginx:1.29' }] } },
    },
  }
}

export const daemonSets = '/apis/apps/v1/namespaces/default/daemonsets'
