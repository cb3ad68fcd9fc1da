import { errorOf, objectOf } from './answers.ts'
import {
  type Address,
  type ClusterApi,
  type KubeObject,
  type ListPage,
  type PatchType,
  type Resource,
  type Right,
  UnreachableError,
  type WatchEvent,
} from './cluster-api.ts'
import type { HttpAnswer, HttpRequest, Transport } from './connection/transport.ts'
import { unreachable } from './connection/unreachable.ts'
import { collectionPath, listPath, objectPath } from './resources.ts'
import { resourceVersionOf, watchEventsOf } from './watch-stream.ts'

/** Written into managedFields of everything Rollcall changes. */
const fieldManager = 'fieldManager=rollcall'

const whole = 'application/json'
/** Metadata only; a server that cannot do that answers with the whole object. */
const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json'

const patchTypes: { readonly [T in PatchType]: string } = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
}

/** `ClusterApi` over HTTP. */
export class HttpClusterApi implements ClusterApi {
  readonly cluster: string
  readonly #server: URL
  readonly #transport: Transport
  readonly #userAgent: string

  constructor(cluster: string, server: URL, transport: Transport, userAgent: string) {
    this.cluster = cluster
    this.#server = server
    this.#transport = transport
    this.#userAgent = userAgent
  }

  async list(
    resource: Resource,
    options: { limit: number; next?: string | null; signal?: AbortSignal },
  ): Promise<ListPage> {
    const next = options.next ? `&continue=${encodeURIComponent(options.next)}` : ''
    const path = `${listPath(resource)}?limit=${options.limit}${next}`
    const body = await this.#object({ method: 'GET', path, accept: whole, signal: options.signal })
    const items = body.items
    const resourceVersion = resourceVersionOf(body)
    if (resourceVersion === null || !(Array.isArray(items) || items === null)) {
      throw new UnreachableError(
        `what answers at ${this.#server.host} is no API server: its list of ${resource} is none`,
      )
    }
    const token = (body.metadata as KubeObject).continue
    return {
      items: (items ?? []) as readonly KubeObject[],
      resourceVersion,
      next: typeof token === 'string' && token !== '' ? token : null,
    }
  }

  async *watch(
    resource: Resource,
    options: { resourceVersion: string; signal: AbortSignal; timeoutSeconds?: number },
  ): AsyncGenerator<WatchEvent> {
    const { resourceVersion, signal, timeoutSeconds } = options
    const timeout = timeoutSeconds === undefined ? '' : `&timeoutSeconds=${timeoutSeconds}`
    const answer = await this.#transport.stream({
      method: 'GET',
      path: `${listPath(resource)}?watch=1&allowWatchBookmarks=true&resourceVersion=${encodeURIComponent(resourceVersion)}${timeout}`,
      headers: this.#headers(whole),
      body: null,
      signal,
    })
    try {
      if (answer.status !== 200) throw errorOf(await readWhole(answer))
      yield* watchEventsOf(answer.body, this.#server.host)
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw isOurs(error) ? error : unreachable(this.#server, error)
    } finally {
      answer.body.destroy()
    }
  }

  get(address: Address, signal?: AbortSignal): Promise<KubeObject> {
    return this.#object({ method: 'GET', path: pathOf(address), accept: whole, signal })
  }

  create(resource: Resource, namespace: string, body: KubeObject | string, signal?: AbortSignal): Promise<KubeObject> {
    return this.#object({
      method: 'POST',
      path: `${collectionPath(resource, namespace)}?${fieldManager}`,
      accept: metadataOnly,
      contentType: whole,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      signal,
    })
  }

  delete(address: Address, options: { uid?: string; signal?: AbortSignal }): Promise<KubeObject> {
    const preconditions = options.uid === undefined ? {} : { preconditions: { uid: options.uid } }
    return this.#object({
      method: 'DELETE',
      path: pathOf(address),
      accept: metadataOnly,
      contentType: whole,
      body: JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', ...preconditions }),
      signal: options.signal,
    })
  }

  evict(
    { resource, namespace = '', name }: Address,
    options: { uid: string; signal?: AbortSignal },
  ): Promise<KubeObject> {
    const preconditions = { uid: options.uid }
    return this.#object({
      method: 'POST',
      path: objectPath(resource, namespace, name, 'eviction'),
      accept: whole,
      contentType: whole,
      body: JSON.stringify({
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name, namespace },
        deleteOptions: { preconditions },
      }),
      signal: options.signal,
    })
  }

  patch(
    address: Address & { readonly subresource?: 'status' },
    type: PatchType,
    body: KubeObject | readonly KubeObject[],
    signal?: AbortSignal,
  ): Promise<KubeObject> {
    return this.#object({
      method: 'PATCH',
      path: `${pathOf(address)}?${fieldManager}`,
      accept: metadataOnly,
      contentType: patchTypes[type],
      body: JSON.stringify(body),
      signal,
    })
  }

  async identify(signal?: AbortSignal): Promise<{ readonly clusterUid: string; readonly serverVersion: string }> {
    const [namespace, version] = await Promise.all([
      this.#object({ method: 'GET', path: objectPath('Namespace', '', 'kube-system'), accept: metadataOnly, signal }),
      this.#object({ method: 'GET', path: '/version', accept: whole, signal }),
    ])
    const clusterUid = (namespace.metadata as KubeObject | undefined)?.uid
    const serverVersion = version.gitVersion
    if (typeof clusterUid !== 'string' || typeof serverVersion !== 'string') {
      throw new UnreachableError(`what answers at ${this.#server.host} is no API server: it has no version or no uid`)
    }
    return { clusterUid, serverVersion }
  }

  async missingRights(rights: readonly Right[], signal?: AbortSignal): Promise<readonly Right[]> {
    const allowed = await Promise.all(rights.map(right => this.#isAllowed(right, signal)))
    return rights.filter((_, index) => !allowed[index])
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  async #isAllowed(right: Right, signal: AbortSignal | undefined): Promise<boolean> {
    const review = await this.#object({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      accept: whole,
      contentType: whole,
      body: JSON.stringify({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: right },
      }),
      signal,
    })
    return (review.status as KubeObject | undefined)?.allowed === true
  }

  async #object(request: {
    readonly method: HttpRequest['method']
    readonly path: string
    readonly accept: string
    readonly contentType?: string
    readonly body?: string
    readonly signal: AbortSignal | undefined
  }): Promise<KubeObject> {
    const answer = await this.#transport.request({
      method: request.method,
      path: request.path,
      headers: this.#headers(request.accept, request.contentType),
      body: request.body ?? null,
      signal: request.signal,
    })
    return objectOf(answer, this.#server.host)
  }

  #headers(accept: string, contentType?: string): { readonly [name: string]: string } {
    const headers = { accept, 'user-agent': this.#userAgent }
    return contentType === undefined ? headers : { ...headers, 'content-type': contentType }
  }
}

function pathOf(address: Address & { readonly subresource?: string }): string {
  return objectPath(address.resource, address.namespace ?? '', address.name, address.subresource)
}

async function readWhole(answer: {
  readonly status: number
  readonly headers: HttpAnswer['headers']
  readonly body: AsyncIterable<Buffer>
}): Promise<HttpAnswer> {
  const chunks: Buffer[] = []
  for await (const chunk of answer.body) chunks.push(chunk)
  return { status: answer.status, headers: answer.headers, body: Buffer.concat(chunks).toString('utf8') }
}

function isOurs(error: unknown): boolean {
  return error instanceof Error && (error.name === 'ApiError' || error instanceof UnreachableError)
}
