import type { HttpBindings } from '@hono/node-server'
import { problemMediaType, type RouteName, routes } from '@rollcall/contracts/api'
import { errorFacts } from '@rollcall/service'
import { type Context, Hono } from 'hono'
import type { AnsweredRoute, Answers } from '../answers/answers.ts'
import { openApiDocument } from '../openapi.ts'
import type { AuditorPorts } from '../ports.ts'
import { ProblemError, problemFrom, problemOf } from '../problem.ts'
import type { AuditorSettings } from '../settings.ts'
import { expectToken } from './authorized.ts'
import { expectLocalName, isLoopback } from './local-name.ts'
import { readQuestion } from './question.ts'

type App = Hono<{ Bindings: HttpBindings }>
type AppContext = Context<{ Bindings: HttpBindings }>

/** Asks for an event stream. */
export type FollowRequest = {
  readonly search: URLSearchParams
  readonly lastEventId: string | undefined
  /** For problems: the path that was asked for. */
  readonly instance: string
  /** Ends the connection at once, whatever is still to be sent. */
  readonly cut: () => void
}

/** Opens an event stream. @throws ProblemError */
export type Follow = (request: FollowRequest) => Promise<Response>

const bodyBytesMax = 64 * 1024

/** The API as a function from requests to responses: no sockets here. */
export function createApp(
  ports: Pick<AuditorPorts, 'clock' | 'logger' | 'metrics'>,
  settings: Pick<AuditorSettings, 'host' | 'token' | 'urlBytesMax'>,
  answers: Answers,
  follow: Follow,
): App {
  const app: App = new Hono()

  app.use(async ({ req, res }, next) => {
    if (Buffer.byteLength(req.url) > settings.urlBytesMax) {
      const detail = `the URL has more than ${settings.urlBytesMax} bytes`
      throw new ProblemError('too-long', detail, 'ask for fewer names at once')
    }
    if (Number(req.header('content-length') ?? 0) > bodyBytesMax) {
      throw new ProblemError('too-large', `the request has more than ${bodyBytesMax} bytes`, 'questions have no body')
    }
    if (settings.token === null && isLoopback(settings.host)) expectLocalName(req.header('host'))
    if (settings.token !== null) expectToken(settings.token, req.header('authorization'))
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      throw new ProblemError('method-not-allowed', `${req.method} is not answered here`, 'ask with GET')
    }
    await next()
    res.headers.set('x-content-type-options', 'nosniff')
  })

  const counted = (name: RouteName, answer: (context: AppContext) => Promise<Response>) => {
    app.get(routes[name].path.replace(/\{(\w+)\}/g, ':$1'), async context => {
      const begun = ports.clock.now()
      let response: Response
      try {
        response = await answer(context)
      } catch (error) {
        response = problemResponse(ports, error, context.req.path)
      }
      ports.metrics.answered(name, response.status, (ports.clock.now() - begun) / 1_000)
      return response
    })
  }
  for (const name of Object.keys(answers) as AnsweredRoute[]) counted(name, answered(name, answers))
  counted('follow', ({ req, env }) =>
    follow({
      search: new URL(req.url).searchParams,
      lastEventId: req.header('last-event-id'),
      instance: req.path,
      cut: () => env.outgoing.destroy(),
    }),
  )

  const document = openApiDocument({ needsToken: settings.token !== null })
  app.get('/openapi.json', context => context.json(document))

  app.notFound(context => {
    const mend = '/openapi.json lists the routes'
    return problemResponse(ports, new ProblemError('not-found', 'nothing is here', mend), context.req.path)
  })
  app.onError((error, context) => problemResponse(ports, error, context.req.path))
  return app
}

function answered<N extends AnsweredRoute>(name: N, answers: Answers): (context: AppContext) => Promise<Response> {
  return async ({ req }) => {
    const { params, query } = readQuestion(name, req.param() as Record<string, string>, new URL(req.url).searchParams)
    const answer = await answers[name](params, query)
    return Response.json(answer, { headers: { 'cache-control': 'no-store' } })
  }
}

function problemResponse({ logger, metrics }: Pick<AuditorPorts, 'logger' | 'metrics'>, thrown: unknown, path: string) {
  const error = problemFrom(thrown)
  const problem = problemOf(error, path)
  if (error.code === 'defect') logger.error({ path, ...errorFacts(error.cause) }, 'a question could not be answered')
  else if (problem.status >= 500) logger.warn({ path, ...errorFacts(error.cause) }, error.message)
  if (['not-found', 'unauthorized', 'wrong-host', 'too-long', 'too-large', 'method-not-allowed'].includes(error.code)) {
    metrics.answered('other', problem.status, 0)
  }
  const headers: Record<string, string> = { 'content-type': problemMediaType, 'cache-control': 'no-store' }
  if (problem.status === 401) headers['www-authenticate'] = 'Bearer'
  if (problem.status === 405) headers.allow = 'GET, HEAD'
  if (problem.status === 503) headers['retry-after'] = '5'
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}
