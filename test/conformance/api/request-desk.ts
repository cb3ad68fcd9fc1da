import {
  ApiError,
  type ClusterApi,
  type KubeObject,
  type Resource,
  UnreachableError,
  type WatchEvent,
} from '@rollcall/kube'
import { at, isObject, type JsonObject, type Kind } from '../manifest.ts'
import type { ApiRequest, Refusal } from '../world.ts'
import { whatOf } from './requests.ts'

/** Where the requests of one case's controller pass: they are written down, and some of them refused. */
export class RequestDesk {
  readonly requests: ApiRequest[] = []
  /** Requests that have no answer yet. */
  underWay = 0
  #refusals: (Refusal & { seen: number })[] = []

  refuse(refusal: Refusal): void {
    this.#refusals.push({ ...refusal, seen: 0 })
  }

  get refuses(): boolean {
    return this.#refusals.length > 0
  }

  allow(): void {
    this.#refusals = []
  }

  async pass(request: ApiRequest, send: () => Promise<KubeObject>): Promise<KubeObject> {
    this.requests.push(request)
    const refusal = this.#refusalOf(request)
    if (refusal && refusal.isLost !== true) {
      const { code = 403, reason = 'Forbidden', cause = '' } = refusal
      throw new ApiError({ code, reason, cause, message: 'refused by the scenario', retryAfterMs: null })
    }
    this.underWay += 1
    try {
      const answer = await send()
      if (refusal) throw new UnreachableError('the scenario loses the answer')
      return answer
    } finally {
      this.underWay -= 1
    }
  }

  #refusalOf(request: ApiRequest): Refusal | null {
    const refusal = this.#refusals.find(({ what }) => what === whatOf(request))
    if (!refusal) return null
    refusal.seen += 1
    const { after = 0, times = Number.POSITIVE_INFINITY } = refusal
    return refusal.seen > after && refusal.seen <= after + times ? refusal : null
  }
}

/** Events of these kinds wait before they are told: a watch that is late. */
export class LateWatch {
  readonly #late = new Map<Kind, { readonly passed: Promise<void>; readonly open: () => void }>()

  begin(kind: Kind): void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#late.set(kind, { passed: promise, open: resolve })
  }

  end(): void {
    for (const { open } of this.#late.values()) open()
    this.#late.clear()
  }

  async *follow(resource: Resource, events: AsyncIterable<WatchEvent>): AsyncIterable<WatchEvent> {
    for await (const event of events) {
      await this.#late.get(resource as Kind)?.passed
      yield event
    }
  }
}

/** The same API, whose writes pass the desk of their namespace. */
export function viaDesks(
  api: ClusterApi,
  deskOf: (namespace: string) => RequestDesk | undefined,
  late: LateWatch,
): ClusterApi {
  const passing = (request: ApiRequest, send: () => Promise<KubeObject>) =>
    deskOf(request.namespace)?.pass(request, send) ?? send()
  return {
    cluster: api.cluster,
    list: (resource, options) => api.list(resource, options),
    watch: (resource, options) => late.follow(resource, api.watch(resource, options)),
    get(address, signal) {
      const { resource: kind, namespace = '', name } = address
      return passing({ verb: 'get', kind, namespace, name, body: {} }, () => api.get(address, signal))
    },
    create(resource, namespace, body, signal) {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const object = JSON.parse(text) as JsonObject
      const name = String(at(object, 'metadata', 'name') ?? '')
      return passing({ verb: 'create', kind: resource, namespace, name, body: object }, () =>
        api.create(resource, namespace, body, signal),
      )
    },
    delete(address, options) {
      const { resource: kind, namespace = '', name } = address
      const body: JsonObject = options.uid === undefined ? {} : { preconditions: { uid: options.uid } }
      return passing({ verb: 'delete', kind, namespace, name, body }, () => api.delete(address, options))
    },
    evict(address, options) {
      const { resource: kind, namespace = '', name } = address
      const request = { verb: 'create', kind, namespace, name, subresource: 'eviction', body: {} } as const
      return passing(request, () => api.evict(address, options))
    },
    patch(address, type, body, signal) {
      const { resource: kind, namespace = '', name, subresource } = address
      const request = {
        verb: 'patch',
        kind,
        namespace,
        name,
        body: isObject(body as JsonObject) ? (body as JsonObject) : {},
      } as const
      return passing(subresource ? { ...request, subresource } : request, () => api.patch(address, type, body, signal))
    },
    identify: signal => api.identify(signal),
    missingRights: (rights, signal) => api.missingRights(rights, signal),
    close: () => api.close(),
  }
}
