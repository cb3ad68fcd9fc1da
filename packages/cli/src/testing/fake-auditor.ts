import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type AnswerOf,
  type Intent,
  type IntentRouteName,
  intentRoutes,
  intentSchema,
  type ParamsOf,
  type Problem,
  problemMediaType,
  problemSchema,
  type ReadQueryOf,
  type RouteName,
  routes,
} from '@rollcall/contracts/api'

/** What a test says to each question: an answer, or a problem to be thrown. */
export type Answers = {
  readonly [N in Exclude<RouteName, 'follow'>]?: (params: ParamsOf<N>, query: ReadQueryOf<N>) => AnswerOf<N>
} & {
  /** What somebody asks for. */
  readonly asked?: (route: IntentRouteName, params: Record<string, string>, body: unknown) => Intent
  readonly follow?: (lastEventId: string | null, response: ServerResponse, request: IncomingMessage) => void
}

export class ProblemAnswer extends Error {
  readonly problem: Problem
  constructor(problem: Pick<Problem, 'code' | 'status' | 'detail' | 'mend'> & Partial<Problem>) {
    super(problem.detail)
    this.problem = { type: `urn:rollcall:problem:${problem.code}`, title: problem.code, instance: '/', ...problem }
  }
}

export type FakeAuditor = {
  readonly url: string
  /** Paths with queries, in the order they came. */
  readonly asked: string[]
  close(): Promise<void>
}

/**
 * An auditor over real HTTP that speaks the contract: questions that break it are answered as the real one would, and
 * answers that break it fail the test.
 */
export async function startFakeAuditor(
  answers: Answers,
  { token }: { readonly token?: string } = {},
): Promise<FakeAuditor> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    try {
      if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
        throw new ProblemAnswer({ code: 'unauthorized', status: 401, detail: 'No valid token.', mend: 'Send one.' })
      }
      if (request.method === 'POST') {
        accept(request, response, answers)
        return
      }
      answer(request, response, answers)
    } catch (error) {
      refuse(response, error)
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function answer(request: IncomingMessage, response: ServerResponse, answers: Answers): void {
  const url = new URL(request.url ?? '', 'http://127.0.0.1')
  const { name, params } = routeOf(url.pathname)
  if (name === 'follow') {
    routes.follow.query.parse(queryOf(url))
    answers.follow?.((request.headers['last-event-id'] as string) ?? null, response, request)
    return
  }
  const make = answers[name] as ((params: unknown, query: unknown) => unknown) | undefined
  if (!make) throw new Error(`the test has no answer for ${name}`)
  const query = (routes[name].query as { parse(query: unknown): unknown }).parse(queryOf(url))
  const body = (routes[name].answer as { parse(answer: unknown): unknown }).parse(make(params, query))
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function refuse(response: ServerResponse, error: unknown): void {
  if (!(error instanceof ProblemAnswer)) throw error
  response.writeHead(error.problem.status, { 'content-type': problemMediaType })
  response.end(JSON.stringify(problemSchema.parse(error.problem)))
}

/** Something is asked for: as the contract wants it, with a key. */
function accept(request: IncomingMessage, response: ServerResponse, answers: Answers): void {
  const { name, params } = matching(intentRoutes, new URL(request.url ?? '', 'http://127.0.0.1').pathname)
  if (!request.headers['idempotency-key']) throw new Error(`${name} was asked for without a key`)
  let text = ''
  request.on('data', chunk => {
    text += chunk
  })
  request.on('end', () => {
    const body = intentRoutes[name].body.parse(JSON.parse(text))
    try {
      const intent = answers.asked?.(name, params, body)
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(intentSchema.parse(intent)))
    } catch (error) {
      refuse(response, error)
    }
  })
}

function queryOf(url: URL): Record<string, string | string[]> {
  return Object.fromEntries(
    [...new Set(url.searchParams.keys())].map(key => {
      const values = url.searchParams.getAll(key)
      return [key, values.length === 1 ? (values[0] ?? '') : values]
    }),
  )
}

const routeOf = (path: string) => matching(routes, path)

function matching<Name extends string>(
  table: { readonly [name in Name]: { readonly path: string } },
  path: string,
): { name: Name; params: Record<string, string> } {
  for (const [name, route] of Object.entries(table) as [Name, { readonly path: string }][]) {
    const pattern = new RegExp(`^${route.path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
    const groups = pattern.exec(path)?.groups
    if (pattern.test(path)) {
      const params = Object.entries(groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)])
      return { name, params: Object.fromEntries(params) }
    }
  }
  throw new ProblemAnswer({
    code: 'not-found',
    status: 404,
    detail: `There is no ${path}.`,
    mend: 'See /openapi.json.',
  })
}
