import { statusError } from './answers.ts'
import { ApiError, type KubeObject, UnreachableError, type WatchEvent } from './cluster-api.ts'
import { linesOf } from './lines.ts'

/** Objects are at most 1.5 MiB in etcd; JSON may be longer. */
const eventBytesMax = 16 * 1024 * 1024

/** Reads the body of a watch. @throws ApiError for an ERROR event, UnreachableError when it was cut inside an event */
export async function* watchEventsOf(chunks: AsyncIterable<Buffer>, server: string): AsyncGenerator<WatchEvent> {
  const lines = linesOf(chunks, eventBytesMax)
  for (;;) {
    const line = await lines.next()
    if (line.done) {
      if (line.value) return
      throw new UnreachableError(`the watch of ${server} was cut in the middle of an event`)
    }
    yield watchEventOf(line.value, server)
  }
}

function watchEventOf(line: string, server: string): WatchEvent {
  let event: { type?: unknown; object?: KubeObject }
  try {
    event = JSON.parse(line)
  } catch (error) {
    throw new UnreachableError(`the watch of ${server} sent something that is no JSON: ${line.slice(0, 100)}`, {
      cause: error,
    })
  }
  const object = event?.object
  if (typeof object !== 'object' || object === null) {
    throw new UnreachableError(`the watch of ${server} sent an event without an object: ${line.slice(0, 100)}`)
  }
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: event.type, object }
    case 'BOOKMARK':
      return { type: 'BOOKMARK', resourceVersion: resourceVersionOf(object) ?? '' }
    case 'ERROR':
      throw statusError(object, { code: 500, text: 'the server ended the watch with an error', retryAfterMs: null })
    default:
      throw new ApiError({
        code: 500,
        reason: 'UnknownWatchEvent',
        cause: '',
        message: `the watch of ${server} sent an event of type ${JSON.stringify(event.type)}, which nobody knows`,
        retryAfterMs: null,
      })
  }
}

/** `metadata.resourceVersion`, or null. */
export function resourceVersionOf(object: KubeObject): string | null {
  const metadata = object.metadata
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return null
  const version = (metadata as KubeObject).resourceVersion
  return typeof version === 'string' && version !== '' ? version : null
}
