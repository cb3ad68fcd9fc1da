import type { ServerResponse } from 'node:http'
import type { Answer } from './fake-server.ts'
import { sendJson } from './fake-server.ts'

/** One open watch, seen from the server. */
export type OpenWatch = {
  readonly resourceVersion: string
  readonly query: URLSearchParams
  readonly response: ServerResponse
  send(type: string, object: object): void
  /** Ends in good order. */
  end(): void
  /** Cuts the connection. */
  cut(): void
}

export type ListRequest = { readonly limit: number; readonly next: string | null }

/** Answers lists by a function of the test, and hands each opened watch to the test. */
export function fakeListWatch(list: (request: ListRequest) => { status?: number; body: object; headers?: object }): {
  readonly answer: Answer
  /** The next watch that is opened, or was opened and not yet asked for. */
  nextWatch(): Promise<OpenWatch>
  /** Refuses the next watches with this status. */
  refuse(status: number, reason: string, times: number): void
} {
  const opened: OpenWatch[] = []
  const waiting: ((watch: OpenWatch) => void)[] = []
  let refusal = { status: 0, reason: '', times: 0 }
  return {
    answer(request, response) {
      const query = new URL(request.path, 'http://x').searchParams
      if (query.get('watch') === null) {
        const reply = list({ limit: Number(query.get('limit')), next: query.get('continue') })
        sendJson(response, reply.status ?? 200, reply.body, reply.headers)
        return
      }
      if (refusal.times > 0) {
        refusal.times -= 1
        sendJson(response, refusal.status, status(refusal.status, refusal.reason))
        return
      }
      const watch = openWatch(query, response)
      const waiter = waiting.shift()
      if (waiter) waiter(watch)
      else opened.push(watch)
    },
    nextWatch() {
      const watch = opened.shift()
      return watch ? Promise.resolve(watch) : new Promise(resolve => waiting.push(resolve))
    },
    refuse(code, reason, times) {
      refusal = { status: code, reason, times }
    },
  }
}

function openWatch(query: URLSearchParams, response: ServerResponse): OpenWatch {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  return {
    resourceVersion: query.get('resourceVersion') ?? '',
    query,
    response,
    send: (type, object) => response.write(`${JSON.stringify({ type, object })}\n`),
    end: () => response.end(),
    cut: () => response.destroy(),
  }
}

export const status = (code: number, reason: string) => ({ kind: 'Status', code, reason, message: reason })
export const object = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } })
export const listOf = (resourceVersion: string, names: readonly string[], next?: string) => ({
  metadata: { resourceVersion, ...(next === undefined ? {} : { continue: next }) },
  items: names.map(name => object(name, resourceVersion)),
})
