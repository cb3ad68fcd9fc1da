import {
  type AnswerOf,
  type ParamsOf,
  pageLimitMax,
  pathFor,
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
  /** All items of all pages. @throws CliError */
  all<N extends PagedRoute>(route: N, query: QueryOf<N>, params?: ParamsOf<N>): Promise<ItemOf<N>[]>
}

/** An answer may take this long. */
export const answerTimeoutMs = 30_000

export function headersFor({ token }: Server, accept: string): Record<string, string> {
  return { accept, ...(token === null ? {} : { authorization: `Bearer ${token}` }) }
}

export function createClient(server: Server, { fetch }: Pick<Ports, 'fetch'>): Client {
  async function ask<N extends RouteName>(route: N, params: ParamsOf<N>, query?: QueryOf<N>): Promise<AnswerOf<N>> {
    const path = pathFor(route, params as Record<string, string>, query as Record<string, unknown>)
    let body: unknown
    try {
      const response = await fetch(server.url + path, {
        headers: headersFor(server, 'application/json'),
        signal: AbortSignal.timeout(answerTimeoutMs),
      })
      if (response.status !== 200) throw await errorOfAnswer(response, server)
      body = await response.json()
    } catch (error) {
      throw error instanceof SyntaxError
        ? notUnderstood(server, path, error.message)
        : errorOfTrouble(error, server, answerTimeoutMs)
    }
    const parsed = routes[route].answer.safeParse(body)
    if (!parsed.success) throw notUnderstood(server, path, z.prettifyError(parsed.error).split('\n')[0] ?? '')
    // The answer as it came: a newer server may tell more than this program knows.
    return body as AnswerOf<N>
  }

  return {
    server,
    ask,
    async all<N extends PagedRoute>(route: N, query: QueryOf<N>, params = {} as ParamsOf<N>) {
      const items: ItemOf<N>[] = []
      let cursor: string | undefined
      do {
        const page: AnswerOf<PagedRoute> = await ask(route, params, {
          ...query,
          limit: pageLimitMax,
          cursor,
        } as QueryOf<N>)
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
