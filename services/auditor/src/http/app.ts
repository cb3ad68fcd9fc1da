import type { HttpBindings } from '@hono/node-server'
import { type IntentRouteName, intentRoutes, problemMediaType, type RouteName, routes } from '@rollcall/contracts/api'
import { errorFacts } from '@rollcall/service'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { AnsweredRoute, Answers } from '../answers/answers.ts'
import { submit } from '../intents/submit.ts'
import { openApiDocument } from '../openapi.ts'
import type { AuditorPorts } from '../ports.ts'
import { ProblemError, problemFrom, problemOf } from '../problem.ts'
import type { AuditorSettings } from '../settings.ts'
import { askerOf, expectUser, type Gate } from './authorized.ts'
import { askedByOf, readIntent } from './intent-request.ts'
import { expectLocalName, isLoopback } from './local-name.ts'
import { readQuestion } from './question.ts'
import { FailedTries, type Sender } from './tries.ts'

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
  ports: AuditorPorts,
  settings: Pick<AuditorSettings, 'host' | 'token' | 'urlBytesMax' | 'intentMsMax' | 'triesPerMinuteMax'>,
  answers: Answers,
  follow: Follow,
): App {
  const app: App = new Hono()
  const { token } = settings
  const gate: Gate = { token, users: ports.users, tries: new FailedTries(ports, settings.triesPerMinuteMax) }

  app.use(async (context, next) => {
    const { req, res } = context
    if (Buffer.byteLength(req.url) > settings.urlBytesMax) {
      const detail = `the URL has more than ${settings.urlBytesMax} bytes`
      throw new ProblemError('too-long', detail, 'ask for fewer names at once')
    }
    if (token === null && isLoopback(settings.host)) expectLocalName(req.header('host'))
    if (token !== null) await askerOf(gate, req.header('authorization'), senderOf(context))
    await next()
    res.headers.set('x-content-type-options', 'nosniff')
  })

  // After who asks is known; it counts what comes in pieces, too.
  app.use(
    bodyLimit({
      maxSize: bodyBytesMax,
      onError() {
        throw new ProblemError('too-large', `the request has more than ${bodyBytesMax} bytes`, 'send less')
      },
    }),
  )

  const counted = (name: RouteName | IntentRouteName, answer: (context: AppContext) => Promise<Response>) => {
    const { method, path } = { ...routes, ...intentRoutes }[name]
    app.on(method.toUpperCase(), path.replace(/\{(\w+)\}/g, ':$1'), async context => {
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

  for (const name of Object.keys(intentRoutes) as IntentRouteName[]) counted(name, asked(name, ports, settings, gate))

  const document = openApiDocument({ needsToken: token !== null })
  app.get('/openapi.json', context => context.json(document))

  app.notFound(context => {
    const { method } = context.req
    if (method !== 'GET' && method !== 'HEAD') {
      const error = new ProblemError('method-not-allowed', `${method} is not answered here`, 'ask with GET')
      return problemResponse(ports, error, context.req.path)
    }
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

/** A thing that a user asks for. */
function asked(
  name: IntentRouteName,
  ports: AuditorPorts,
  settings: Pick<AuditorSettings, 'intentMsMax'>,
  gate: Gate,
): (context: AppContext) => Promise<Response> {
  return async context => {
    const { req } = context
    const user = await expectUser(gate, req.header('authorization'), senderOf(context))
    const { cluster, key, content } = await readIntent(name, {
      params: req.param() as Record<string, string>,
      header: header => req.header(header),
      text: () => req.text(),
    })
    const askedBy = askedByOf(user, req.header('user-agent'))
    const intent = await submit(ports, settings, { cluster, askedBy, key, content })
    ports.logger.info({ ...intent }, `${user} has asked for something`)
    return Response.json(intent, { headers: { 'cache-control': 'no-store' } })
  }
}

function senderOf({ req, env }: AppContext): Sender {
  const address = env.incoming.socket.remoteAddress ?? 'unknown'
  return { from: address.replace(/^::ffff:/, ''), path: req.path, agent: req.header('user-agent') }
}

function problemResponse({ logger, metrics }: Pick<AuditorPorts, 'logger' | 'metrics'>, thrown: unknown, path: string) {
  const error = problemFrom(thrown)
  const problem = problemOf(error, path)
  if (error.code === 'defect') logger.error({ path, ...errorFacts(error.cause) }, 'a question could not be answered')
  else if (problem.status >= 500) logger.warn({ path, ...errorFacts(error.cause) }, error.message)
  if (
    [
      'not-found',
      'unauthorized',
      'too-many-tries',
      'wrong-host',
      'too-long',
      'too-large',
      'method-not-allowed',
    ].includes(error.code)
  ) {
    metrics.answered('other', problem.status, 0)
  }
  const headers: Record<string, string> = { 'content-type': problemMediaType, 'cache-control': 'no-store' }
  if (problem.status === 401) headers['www-authenticate'] = 'Bearer'
  if (problem.status === 405) headers.allow = 'GET, HEAD'
  if (problem.status === 503) headers['retry-after'] = '5'
  if (problem.status === 429) headers['retry-after'] = '60'
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}
