import type { IncomingMessage, ServerResponse } from 'node:http'
import { wait } from '@rollcall/service'
import type { Call as FaultyCall, RequestFault } from '../cluster/faults.ts'
import { ApiStatusError } from '../objects/object-store.ts'
import { send, type Written, written, writtenError } from './answer.ts'
import { authenticate, authorize, type Tokens } from './authorize.ts'
import type { Answer, Api, Call, User } from './call.ts'
import { deleteCollection, deleteOne } from './handlers/delete.ts'
import { bind, evict } from './handlers/pods.ts'
import { get, list } from './handlers/read.ts'
import { review } from './handlers/reviews.ts'
import { create, patch, replace } from './handlers/write.ts'
import { answerPath, isPublicPath } from './paths.ts'
import type { Verb } from './resources.ts'
import { type ResourceTarget, routeOf, type Target, verbOf } from './route.ts'
import { badRequest, noContainers, noSuchResource, notAllowed, tooLarge } from './status.ts'
import { serveWatch } from './watch/watch.ts'

const nobody: User = { name: 'system:anonymous', uid: '', groups: ['system:unauthenticated'], isReadOnly: true }

/** Serves one request from its first byte to the last of its answer. Rejects only for a defect. */
export async function serve(
  api: Api,
  tokens: Tokens,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'http://api')
    const user = isPublicPath(url.pathname) ? nobody : authenticate(request.headers.authorization, tokens)
    const target = targetOf(url.pathname)
    const call = {
      user,
      query: url.searchParams,
      headers: headersOf(request),
      body: await readBody(request, api.limits.bodyBytesMax),
    }
    const answer = await answerOf(api, request, target, call, response)
    if (answer !== null) send(response, answer)
  } catch (error) {
    if (response.destroyed) return
    if (!(error instanceof ApiStatusError)) {
      if (!response.headersSent) send(response, writtenError(internal(error)))
      throw error
    }
    send(response, writtenError(error))
  }
}

/** Null: it has been answered, or there will be no answer. */
async function answerOf(
  api: Api,
  request: IncomingMessage,
  target: Target,
  call: Call,
  response: ServerResponse,
): Promise<Written | null> {
  const method = request.method ?? 'GET'
  switch (target.at) {
    case 'nothing':
      throw noSuchResource()
    case 'container':
      throw noContainers(target.subresource)
    case 'path':
      return written(answerPath(target.path, method, call), call, api.clock.now())
    case 'review':
      if (method !== 'POST') throw notAllowed()
      return written(review(target.review, api, call), call, api.clock.now())
    case 'collection':
    case 'object':
      return answerResource(api, target, method, call, response)
  }
}

async function answerResource(
  api: Api,
  target: ResourceTarget,
  method: string,
  call: Call,
  response: ServerResponse,
): Promise<Written | null> {
  const watches = ['true', '1'].includes(call.query.get('watch') ?? '')
  const verb = verbOf(method, target, watches)
  if (verb === null) throw notAllowed()
  authorize(call.user, verb, target)
  const fault = await meetFault(api, verb, target)
  if (verb === 'watch' && target.at === 'collection') {
    serveWatch(api, target, call, response, fault.refuse)
    return null
  }
  if (fault.refuse !== null) throw fault.refuse
  const answer = answerVerb(api, verb, target, call)
  if (!fault.loseAnswer) return written(answer, call, api.clock.now())
  response.destroy()
  return null
}

function answerVerb(api: Api, verb: Verb, target: ResourceTarget, call: Call): Answer {
  if (target.at === 'collection') {
    switch (verb) {
      case 'list':
        return list(api, target, call)
      case 'create':
        return create(api, target, call)
      case 'deletecollection':
        return deleteCollection(api, target, call)
      default:
        throw notAllowed()
    }
  }
  switch (verb) {
    case 'get':
      return get(api, target)
    case 'create':
      return target.subresource?.name === 'binding' ? bind(api, target, call) : evict(api, target, call)
    case 'update':
      return replace(api, target, call)
    case 'patch':
      return patch(api, target, call)
    case 'delete':
      return deleteOne(api, target, call)
    default:
      throw notAllowed()
  }
}

const noFault: RequestFault = { latencyMs: 0, refuse: null, loseAnswer: false }

async function meetFault({ faults, timers }: Api, verb: Verb, target: ResourceTarget): Promise<RequestFault> {
  if (faults === null) return noFault
  const call: FaultyCall = {
    verb,
    resource: target.resource.plural,
    namespace: target.namespace ?? '',
    name: target.at === 'object' ? target.name : '',
    ...(target.at === 'object' && target.subresource !== null ? { subresource: target.subresource.name } : {}),
  }
  const fault = faults.request(call)
  if (fault.latencyMs > 0) await wait(timers, fault.latencyMs)
  return fault
}

function targetOf(pathname: string): Target {
  try {
    return routeOf(pathname)
  } catch (error) {
    if (error instanceof URIError) throw badRequest(`the path ${pathname} has a broken escape`)
    throw error
  }
}

function headersOf({ headers }: IncomingMessage): Call['headers'] {
  return {
    accept: headers.accept,
    contentType: (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '',
    userAgent: headers['user-agent'] ?? '',
  }
}

async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    // Read to its end, so that the client gets to read the answer; kept is nothing of it.
    if (size <= bytesMax) chunks.push(chunk)
  }
  if (size > bytesMax) throw tooLarge(bytesMax)
  return Buffer.concat(chunks)
}

function internal(error: unknown): ApiStatusError {
  const message = error instanceof Error ? error.message : String(error)
  return new ApiStatusError(500, 'InternalError', `Internal error occurred: ${message}`)
}
