import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { errorFacts, ServiceError } from '@rollcall/service'
import type { Metrics } from '../metrics.ts'
import type { WatcherPorts } from '../ports.ts'
import { createPublisher, type Publisher } from '../publisher.ts'
import { type AttributionScope, attributionsOf, eventListSchema } from './attribution.ts'
import type { AuditTokens } from './tokens.ts'

export type AuditWebhookSettings = {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Whoever tells of a cluster must bear its token; null: nobody need. */
  readonly tokens: AuditTokens | null
  /** PEM; null: HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null
  /** When so many attributions of a cluster wait for the log, the API server is asked to come again. A request is taken whole. */
  readonly queueMax: number
} & Pick<AttributionScope, 'pods' | 'ownUser'>

export type AuditWebhook = { readonly url: string; close(): Promise<void> }

/** One request. kube-apiserver sends 400 events at once, of 10 MiB at most when told to truncate. */
const bodyBytesMax = 16 * 1024 * 1024
/** Requests that are read at once, so that bodies have a bound together. */
const requestsMax = 4
const requestMsMax = 10_000
/** Audit ids remembered per cluster: a batch is sent again when its answer was lost. */
const rememberedMax = 20_000

/** Refused tokens are said in the log so often at most; the metric counts them all. */
const refusalEveryMs = 60_000

type Inlet = { readonly publisher: Publisher; readonly remembered: Set<string> }

/**
 * Takes what the audit webhooks of API servers tell: `POST /clusters/NAME` with an `EventList` (audit.k8s.io/v1). The token comes as a
 * bearer token, or, because API servers send none over plain HTTP, as the last part of the path: `/clusters/NAME/TOKEN`. It answers as
 * soon as the events have a place in memory, and 503 when they have none: the API server keeps them and comes again. What is lost
 * on either side leaves changes unattributed, and nothing else. @throws ServiceError when the port cannot be had
 */
export async function startAuditWebhook(
  ports: WatcherPorts,
  settings: AuditWebhookSettings,
  metrics: Metrics,
  signal: AbortSignal,
): Promise<AuditWebhook> {
  const queue = { ...metrics, queue: metrics.auditQueue }
  const inlets = new Map<string, Inlet>(
    ports.clusters.map(({ cluster }) => [
      cluster,
      {
        publisher: createPublisher({ cluster, ports, metrics: queue, queueMax: settings.queueMax, signal }),
        remembered: new Set(),
      },
    ]),
  )
  let reading = 0
  let refusalSaidAt = Number.NEGATIVE_INFINITY
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { cluster, secret } = pathOf(request.url ?? '')
    const sent = secret ?? /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
    try {
      if (settings.tokens !== null && !(await settings.tokens.admits(cluster, sent))) return refuse(cluster, request)
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      ports.logger.error(errorFacts(error), `the audit webhook takes nothing: ${error.message}`)
      return [503, 'the tokens cannot be read: come again']
    }
    const inlet = cluster === null ? undefined : inlets.get(cluster)
    if (cluster === null || inlet === undefined) return [404, 'POST /clusters/NAME, of a cluster that is watched here']
    if (request.method !== 'POST') return [405, 'events are told with POST']
    if (reading >= requestsMax) return [503, 'busy: come again']
    reading += 1
    try {
      return take(await bodyOf(request), cluster, inlet)
    } finally {
      reading -= 1
    }
  }

  /** Said in the log, but not for each: who asks in vain must not fill it. */
  function refuse(cluster: string | null, { socket }: IncomingMessage): Answer {
    metrics.auditRefusals.inc()
    const now = ports.clock.now()
    if (now - refusalSaidAt >= refusalEveryMs) {
      refusalSaidAt = now
      const from = socket.remoteAddress ?? 'unknown'
      ports.logger.warn({ cluster, from }, 'the audit webhook was told something without the token of that cluster')
    }
    return [401, 'the token is missing or wrong']
  }

  function take(body: Buffer | null, cluster: string, { publisher, remembered }: Inlet): Answer {
    if (body === null) return [413, `a request may have ${bodyBytesMax} bytes: --audit-webhook-truncate-enabled`]
    const list = eventListSchema.safeParse(parse(body))
    if (!list.success) return [400, 'the body is no EventList of audit.k8s.io/v1']
    const at = ports.clock.now()
    const scope = { cluster, at, pods: settings.pods, ownUser: settings.ownUser }
    const told = list.data.items.map(item => attributionsOf(item, scope))
    metrics.auditEvents.inc({ cluster, fate: 'odd' }, told.filter(each => each === null).length)
    const all = told.flatMap(each => each ?? [])
    const fresh = new Map(all.filter(({ audit }) => !remembered.has(audit)).map(each => [each.audit, each]))
    // Whole or not at all, however long: what has no place would have none the next time either.
    if (publisher.room() === 0 && fresh.size > 0) {
      metrics.auditEvents.inc({ cluster, fate: 'refused' }, fresh.size)
      return [503, 'the log is slow: come again']
    }
    for (const attribution of fresh.values()) {
      remembered.add(attribution.audit)
      // Those beyond the queue's limit wait here, in order.
      void publisher.publish(attribution)
    }
    for (const old of remembered) {
      if (remembered.size <= rememberedMax) break
      remembered.delete(old)
    }
    metrics.auditEvents.inc({ cluster, fate: 'taken' }, fresh.size)
    metrics.auditEvents.inc({ cluster, fate: 'repeated' }, all.length - fresh.size)
    metrics.auditEvents.inc({ cluster, fate: 'ofNoInterest' }, told.filter(each => each?.length === 0).length)
    return [200, 'taken']
  }

  const handle = (request: IncomingMessage, response: ServerResponse) => {
    answer(request).then(
      ([status, words]) => {
        const more = status === 503 ? { 'retry-after': '5' } : status === 200 ? {} : { connection: 'close' }
        response.writeHead(status, { 'content-type': 'text/plain', ...more }).end(`${words}\n`)
      },
      // The request broke off: there is nobody to answer.
      () => response.destroy(),
    )
  }
  const server = settings.tls === null ? createHttpServer(handle) : createHttpsServer(settings.tls, handle)
  server.requestTimeout = requestMsMax
  server.headersTimeout = requestMsMax
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(settings.port, settings.host, resolve)
  }).catch((error: NodeJS.ErrnoException) => {
    throw new ServiceError(
      error.code === 'EADDRINUSE' ? 'port-in-use' : 'address-refused',
      `the audit webhook cannot listen on ${settings.host}:${settings.port} (${error.code}): free it, or choose another with --audit-port`,
    )
  })
  const url = `${settings.tls === null ? 'http' : 'https'}://${settings.host}:${(server.address() as AddressInfo).port}`
  ports.logger.info({ url: `${url}/clusters/NAME` }, 'takes what the audit webhooks of the clusters tell')
  return {
    url,
    async close() {
      const closed = new Promise(resolve => server.close(resolve))
      server.closeAllConnections()
      await closed
      await Promise.all([...inlets.values()].map(({ publisher }) => publisher.drained()))
    },
  }
}

type Answer = readonly [status: number, words: string]

/** The API server adds `?timeout=30s`. */
function pathOf(url: string): { readonly cluster: string | null; readonly secret: string | null } {
  const [, written, secret] = /^\/clusters\/([^/?]+)(?:\/([^/?]+))?\/?(?:\?.*)?$/.exec(url) ?? []
  try {
    return {
      cluster: written === undefined ? null : decodeURIComponent(written),
      secret: secret === undefined ? null : decodeURIComponent(secret),
    }
  } catch {
    // A broken escape names nothing.
    return { cluster: null, secret: null }
  }
}

/** Takes equally long whatever was sent. */

/** null: it is too long. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > bodyBytesMax) return null
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    // Answered as what it is: no EventList.
    return null
  }
}
