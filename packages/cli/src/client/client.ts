import { randomUUID } from 'node:crypto'
import {
  type AnswerOf,
  type Intent,
  type IntentBodyOf,
  type IntentParamsOf,
  type IntentRouteName,
  idempotencyKeyHeader,
  intentRoutes,
  intentSchema,
  type ParamsOf,
  pageLimitMax,
  pathFor,
  pathOf,
  type QueryOf,
  type RouteName,
  routes,
} from '@rollcall/contracts/api'
import { z } from 'zod'
import { CliError } from '../errors.ts'
import type { Ports } from '../ports.ts'
import { errorOfAnswer, errorOfTrouble } from './problems.ts'
import type { Server } from './server.ts'

/** Routes that answer in pages. */
type PagedRoute = {
  [N in RouteName]: AnswerOf<N> extends { items: unknown[]; next: string | null } ? N : never
}[RouteName]
export type ItemOf<N extends PagedRoute> = AnswerOf<N>['items'][number]

/** An auditor, asked over HTTP. */
export type Client = {
  readonly server: Server
  /** One question. @throws CliError */
  ask<N extends RouteName>(route: N, params: ParamsOf<N>, query?: QueryOf<N>): Promise<AnswerOf<N>>
  /** Asks for something; asked again after trouble on the way, it is asked once. Resolves when it is on record. @throws CliError */
  request<N extends IntentRouteName>(route: N, params: IntentParamsOf<N>, body: IntentBodyOf<N>): Promise<Intent>
  /** All items of all pages. @throws CliError */
  all<N extends PagedRoute>(
    route: N,
    query: QueryOf<N>,
    params?: ParamsOf<N>,
    onPage?: (page: AnswerOf<N>) => void,
  ): Promise<ItemOf<N>[]>
}

/** An answer may take this long. */
export const answerTimeoutMs = 30_000

export function headersFor({ token }: Server, accept: string): Record<string, string> {
  return { accept, 'user-agent': 'rollcall-cli', ...(token === null ? {} : { authorization: `Bearer ${token}` }) }
}

export function createClient(server: Server, { fetch }: Pick<Ports, 'fetch'>): Client {
  async function answered(path: string, init: RequestInit, timeoutMs: number): Promise<unknown> {
    try {
      const response = await fetch(server.url + path, { ...init, signal: AbortSignal.timeout(timeoutMs) })
      if (response.status !== 200) throw await errorOfAnswer(response, server)
      return await response.json()
    } catch (error) {
      throw error instanceof SyntaxError
        ? notUnderstood(server, path, error.message)
        : errorOfTrouble(error, server, timeoutMs)
    }
  }

  async function ask<N extends RouteName>(route: N, params: ParamsOf<N>, query?: QueryOf<N>): Promise<AnswerOf<N>> {
    const path = pathFor(route, params as Record<string, string>, query as Record<string, unknown>)
    const body = await answered(path, { headers: headersFor(server, 'application/json') }, answerTimeoutMs)
    const parsed = routes[route].answer.safeParse(body)
    if (!parsed.success) throw notUnderstood(server, path, z.prettifyError(parsed.error).split('\n')[0] ?? '')
    // The answer as it came: a newer server may tell more than this program knows.
    return body as AnswerOf<N>
  }

  return {
    server,
    ask,
    async request(route, params, body) {
      const path = pathOf(intentRoutes[route], params as Record<string, string>)
      const init = {
        method: 'POST',
        headers: {
          ...headersFor(server, 'application/json'),
          'content-type': 'application/json',
          [idempotencyKeyHeader]: randomUUID(),
        },
        body: JSON.stringify(body),
      }
      const trying = () => answered(path, init, answerTimeoutMs)
      const answer = await trying().catch(error => {
        if (!(error instanceof CliError && error.exit === 'unreachable')) throw error
        return trying()
      })
      const parsed = intentSchema.safeParse(answer)
      if (!parsed.success) throw notUnderstood(server, path, z.prettifyError(parsed.error).split('\n')[0] ?? '')
      return parsed.data
    },
    async all<N extends PagedRoute>(
      route: N,
      query: QueryOf<N>,
      params = {} as ParamsOf<N>,
      onPage?: (page: AnswerOf<N>) => void,
    ) {
      const items: ItemOf<N>[] = []
      let cursor: string | undefined
      do {
        const page: AnswerOf<PagedRoute> = await ask(route, params, {
          ...query,
          limit: pageLimitMax,
          cursor,
        } as QueryOf<N>)
        onPage?.(page as AnswerOf<N>)
        items.push(...(page.items as ItemOf<N>[]))
        cursor = page.next ?? undefined
      } while (cursor !== undefined)
      return items
    },
  }
}

export function notUnderstood(server: Server, path: string, why: string): CliError {
  return new CliError(
    'failed',
    `the answer of ${server.url} to ${path} is not understood: ${why}`,
    'is it a Rollcall auditor, and of the version of this command (rollcall version)?',
  )
}
