import type { Readable } from 'node:stream'
import { type Dispatcher, Pool, ProxyAgent, Socks5ProxyAgent } from 'undici'
import { UnreachableError } from '../cluster-api.ts'
import type { CredentialSource, Credentials } from './credentials.ts'
import { unreachable } from './unreachable.ts'

/** How long each part of an exchange may take, and how many connections there are. */
export type TransportLimits = {
  /** Until TCP and TLS stand. Default 10 s. */
  readonly connectMsMax: number
  /** From the request until its answer begins. The API server itself gives up after 60 s. Default 65 s. */
  readonly headersMsMax: number
  /** Silence inside an answer. Default 30 s. */
  readonly bodyIdleMsMax: number
  /** Silence inside a watch, where a bookmark comes every minute. The list-watch has its own, shorter one. Default 10 min. */
  readonly watchIdleMsMax: number
  /** Connections for requests, each used for one at a time; more requests wait their turn. Default 64. */
  readonly connectionsMax: number
  /** Connections for watches, which never wait behind requests. Default 64. */
  readonly watchesMax: number
  /** Bytes of one answer that is read whole: 500 large pods have about 10 MB. Default 256 MiB. */
  readonly answerBytesMax: number
}

export const defaultLimits: TransportLimits = {
  connectMsMax: 10_000,
  headersMsMax: 65_000,
  bodyIdleMsMax: 30_000,
  watchIdleMsMax: 600_000,
  connectionsMax: 64,
  watchesMax: 64,
  answerBytesMax: 256 * 1024 * 1024,
}

/** An idle connection is given up before load balancers (60 s) and the API server (90 s) drop it. */
const idleConnectionMsMax = 45_000

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PATCH'
  readonly path: string
  readonly headers: { readonly [name: string]: string }
  readonly body: string | null
  readonly signal: AbortSignal | undefined
}

export type HttpAnswer = {
  readonly status: number
  readonly headers: { readonly [name: string]: string | string[] | undefined }
  readonly body: string
}

export type HttpStream = Omit<HttpAnswer, 'body'> & { readonly body: Readable }

type Pools = { readonly print: string; readonly requests: Dispatcher; readonly watches: Dispatcher }

/**
 * HTTP/1.1 to one API server over undici with keep-alive. It knows credentials and connections, nothing of Kubernetes.
 * A 401 is answered by fresh credentials once: the server has not looked at the request.
 */
export class Transport {
  readonly #server: URL
  readonly #basePath: string
  readonly #credentials: CredentialSource
  readonly #limits: TransportLimits
  #pools: Pools | null = null
  #closed = false

  constructor(server: URL, credentials: CredentialSource, limits: TransportLimits) {
    this.#server = server
    this.#basePath = server.pathname.replace(/\/+$/, '')
    this.#credentials = credentials
    this.#limits = limits
  }

  /** One exchange, its answer read whole. @throws UnreachableError, or the signal's reason */
  async request(request: HttpRequest): Promise<HttpAnswer> {
    const credentials = this.#credentials.fresh() ?? (await this.#credentials.current())
    const answer = await this.#exchange(request, credentials)
    if (answer.status !== 401) return answer
    return this.#exchange(request, await this.#credentials.renew())
  }

  /** One exchange whose answer is read as it comes. The caller destroys the body when it leaves early. */
  async stream(request: HttpRequest): Promise<HttpStream> {
    const credentials = await this.#credentials.current()
    const answer = await this.#open(request, credentials)
    if (answer.status !== 401) return answer
    answer.body.destroy()
    return this.#open(request, await this.#credentials.renew())
  }

  async close(): Promise<void> {
    this.#closed = true
    const pools = this.#pools
    this.#pools = null
    if (pools) await Promise.all([pools.requests.destroy(), pools.watches.destroy()])
  }

  #exchange(request: HttpRequest, credentials: Credentials): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const { signal } = request
      if (signal?.aborted) return reject(signal.reason)
      const exchange = new Exchange(this.#server, this.#limits.answerBytesMax, signal, resolve, reject)
      this.#poolsFor(credentials).requests.dispatch(this.#options(request, credentials), exchange)
    })
  }

  async #open(request: HttpRequest, credentials: Credentials): Promise<HttpStream> {
    try {
      const { watches } = this.#poolsFor(credentials)
      const answer = await watches.request({
        ...this.#options(request, credentials),
        bodyTimeout: this.#limits.watchIdleMsMax,
        signal: request.signal ?? null,
      })
      return { status: answer.statusCode, headers: answer.headers, body: answer.body }
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason
      throw unreachable(this.#server, error)
    }
  }

  #options(request: HttpRequest, credentials: Credentials) {
    return {
      origin: this.#server.origin,
      method: request.method,
      path: this.#basePath + request.path,
      headers: { ...request.headers, ...credentials.headers },
      body: request.body,
      // undici would close the connection after a DELETE with a body: a TLS handshake each time. Here the body is meant.
      reset: false,
    }
  }

  #poolsFor(credentials: Credentials): Pools {
    if (this.#closed) throw new UnreachableError(`the connection to ${this.#server.origin} was closed`)
    const present = this.#pools
    if (present?.print === credentials.tlsPrint) return present
    const pools = {
      print: credentials.tlsPrint,
      requests: this.#dispatcher(credentials, this.#limits.connectionsMax),
      watches: this.#dispatcher(credentials, this.#limits.watchesMax),
    }
    this.#pools = pools
    // New TLS material: what runs on the old connections ends there; new requests use the new ones.
    if (present) void Promise.all([present.requests.close(), present.watches.close()])
    return pools
  }

  #dispatcher(credentials: Credentials, connections: number): Dispatcher {
    const { connectMsMax, headersMsMax, bodyIdleMsMax } = this.#limits
    const options = {
      connections,
      // HTTP/1.1: one slow stream does not hold up the others, and it costs less CPU here.
      allowH2: false,
      connectTimeout: connectMsMax,
      headersTimeout: headersMsMax,
      bodyTimeout: bodyIdleMsMax,
      keepAliveTimeout: idleConnectionMsMax,
    }
    const tls = { ...credentials.tls, timeout: connectMsMax, keepAlive: true, keepAliveInitialDelay: 30_000 }
    const proxy = credentials.proxyUrl
    if (proxy === null) return new Pool(this.#server.origin, { ...options, connect: tls })
    if (proxy.startsWith('socks')) return new Socks5ProxyAgent(proxy, { ...options, requestTls: tls })
    return new ProxyAgent({ ...options, uri: proxy, requestTls: tls, proxyTunnel: true })
  }
}

/** Collects one answer. Cheaper than undici's `request`, which builds a stream for every body. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #server: URL
  readonly #bytesMax: number
  readonly #signal: AbortSignal | undefined
  readonly #resolve: (answer: HttpAnswer) => void
  readonly #reject: (reason: unknown) => void
  #controller: Dispatcher.DispatchController | null = null
  #status = 0
  #headers: HttpAnswer['headers'] = {}
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(
    server: URL,
    bytesMax: number,
    signal: AbortSignal | undefined,
    resolve: (answer: HttpAnswer) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#server = server
    this.#bytesMax = bytesMax
    this.#signal = signal
    this.#resolve = resolve
    this.#reject = reject
    signal?.addEventListener('abort', this.#abort)
  }

  readonly #abort = (): void => {
    const reason: unknown = this.#signal?.reason
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#reject(reason)
    // Before the request has a connection there is nothing to cut; onRequestStart then does it.
    this.#controller?.abort(reason instanceof Error ? reason : new Error(String(reason)))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#signal?.aborted) this.#abort()
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: HttpAnswer['headers']): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#bytesMax) {
      controller.abort(new Error(`the answer is longer than ${this.#bytesMax} bytes`))
      return
    }
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.#signal?.removeEventListener('abort', this.#abort)
    const [first] = this.#chunks
    const body = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks)
    this.#resolve({ status: this.#status, headers: this.#headers, body: body.toString('utf8') })
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#reject(unreachable(this.#server, error))
  }
}
