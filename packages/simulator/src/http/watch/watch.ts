import type { ServerResponse } from 'node:http'
import { ApiStatusError, type Change, type KubeObject } from '../../objects/object-store.ts'
import { decode } from '../../openapi/decode.ts'
import type { Api, Call, Presentation } from '../call.ts'
import { checkWatchOptions, flag, watchVersionOf, wholeNumber } from '../handlers/options.ts'
import { presentationOf, tableText, wholeText } from '../present.ts'
import { apiVersionOf, type Resource } from '../resources.ts'
import type { ResourceTarget } from '../route.ts'
import { selectionOf } from '../selectors/index.ts'
import { statusOf } from '../status.ts'
import { partialMetadata } from '../tables/partial-metadata.ts'
import { eventOf, type WatchEvent } from './changes.ts'
import { WatchStream } from './stream.ts'

export type WatchTarget = Extract<ResourceTarget, { at: 'collection' }>

/** Annotation of the bookmark that ends what was there at first (KEP-3157). */
const initialEventsEnd = 'k8s.io/initial-events-end'

/**
 * Serves one watch until its time is over, the client leaves, or it is cut. Answers everything that concerns the
 * resourceVersion inside the stream, as kube-apiserver does.
 * @throws ApiStatusError 400, 406 or 422 before anything is sent
 */
export function serveWatch(
  api: Api,
  target: WatchTarget,
  call: Call,
  response: ServerResponse,
  refuse: ApiStatusError | null,
): void {
  // Of the resourceVersion kube-apiserver complains inside the stream.
  if (refuse !== null && refuse.code !== 410) throw refuse
  checkWatchOptions(call.query)
  const version = watchVersionOf(call.query)
  const selection = selectionOf(call.query, target.resource)
  const how = presentationOf(call.headers.accept, call.query, 'object')
  const seconds = wholeNumber(call.query, 'timeoutSeconds') ?? api.limits.watchSeconds

  response.writeHead(200, { 'content-type': 'application/json' })
  const stream = new WatchStream(response, api.timers)
  const writer = createWriter(api, target.resource, how, stream)
  if (refuse !== null) {
    writer.error(refuse)
    stream.end()
    return
  }
  const stop = follow(api, target, call.query, version, { writer, selection, stream })
  const bookmarks = flag(call.query, 'allowWatchBookmarks') === true
  const rest = [
    stop,
    bookmarks ? repeat(api, api.limits.bookmarkMs, () => writer.bookmark(false)) : null,
    bookmarks && seconds > 2 ? api.timers.after((seconds - 2) * 1000, () => writer.bookmark(false)) : null,
    api.timers.after(seconds * 1000, () => stream.end()),
    ...faultsOf(api, stream),
  ]
  stream.ended.addEventListener('abort', () => {
    for (const end of rest) end?.()
  })
}

type Following = {
  readonly writer: Writer
  readonly selection: ReturnType<typeof selectionOf>
  readonly stream: WatchStream
}

/** Sends what is there, or what was missed, and then every change. Gives back how to stop. */
function follow(
  api: Api,
  { resource, namespace }: WatchTarget,
  query: URLSearchParams,
  version: number | null,
  { writer, selection, stream }: Following,
): (() => void) | null {
  const { stored } = resource
  const present = Number(api.store.resourceVersion())
  const asked = flag(query, 'sendInitialEvents')
  const startsAnew = version === null || version === 0
  const sendsFirst = asked ?? startsAnew
  if (sendsFirst && stored !== null) {
    const objects = api.store.list(stored, namespace).filter(object => selection.matches(object))
    for (const object of objects) writer.event({ type: 'ADDED', object })
  }
  if (asked === true && flag(query, 'allowWatchBookmarks') === true) writer.bookmark(true)
  if (stored === null) return null
  const since = sendsFirst || startsAnew ? present : (version ?? present)
  try {
    const stop = api.store.watch(stored, String(Math.min(since, present)), change => {
      // From the future: what comes before it is known to the client, whoever told it.
      if (Number(change.object.metadata.resourceVersion) <= since) return
      send(change)
    })
    stream.boundFromHere(api.limits.watchQueueMax)
    return stop
  } catch (error) {
    if (!(error instanceof ApiStatusError)) throw error
    writer.error(error)
    stream.end()
    return null
  }

  function send(change: Change): void {
    const event = eventOf(change, namespace, selection)
    if (event === null) return
    const delivery = api.faults?.delivery() ?? { copies: 1, delayMs: 0 }
    for (let copy = 0; copy < delivery.copies; copy++) writer.event(event, copy === 0 ? delivery.delayMs : 0)
  }
}

type Writer = {
  event(event: WatchEvent, delayMs?: number): void
  bookmark(endsInitialEvents: boolean): void
  error(error: ApiStatusError): void
}

function createWriter(api: Api, resource: Resource, how: Presentation, stream: WatchStream): Writer {
  let withHeaders = true
  const lineOf = (type: string, object: string) => `{"type":"${type}","object":${object}}`

  function shown(object: KubeObject): string {
    switch (how.form.form) {
      case 'whole':
        return wholeText(object)
      case 'metadata':
        return JSON.stringify(partialMetadata(object))
      case 'table': {
        const metadata = { resourceVersion: object.metadata.resourceVersion }
        const text = tableText([object], metadata, resource, how.include, api.clock.now(), withHeaders)
        withHeaders = false
        return text
      }
    }
  }

  return {
    event: ({ type, object }, delayMs = 0) => stream.push(() => lineOf(type, shown(object)), delayMs),
    bookmark(endsInitialEvents) {
      const annotations = {
        ...(endsInitialEvents ? { [initialEventsEnd]: 'true' } : {}),
        // As on every DaemonSet that is read (spec §1.1).
        ...(resource.kind === 'DaemonSet' ? { 'deprecated.daemonset.template.generation': '0' } : {}),
      }
      const metadata = { resourceVersion: api.store.resourceVersion(), annotations }
      const empty = decode(resource.schema, { metadata }).value
      const object = { ...empty, kind: resource.kind, apiVersion: apiVersionOf(resource) } as unknown as KubeObject
      stream.push(() => lineOf('BOOKMARK', shown(object)))
    },
    error: error => stream.push(() => lineOf('ERROR', JSON.stringify(statusOf(error)))),
  }
}

function repeat({ timers }: Api, ms: number, run: () => void): () => void {
  let cancel = timers.after(ms, again)
  function again(): void {
    run()
    cancel = timers.after(ms, again)
  }
  return () => cancel()
}

function faultsOf({ faults, timers }: Api, stream: WatchStream): readonly (() => void)[] {
  if (faults === null) return []
  const { cutAfterMs } = faults.watch()
  const cut = () => stream.cut()
  return [faults.onCut(cut), ...(cutAfterMs === null ? [] : [timers.after(cutAfterMs, cut)])]
}
