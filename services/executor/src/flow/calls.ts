import {
  type Address,
  ApiError,
  type ClusterApi,
  type KubeObject,
  type PatchType,
  type Resource,
  UnreachableError,
} from '@rollcall/kube'
import type { Clock, Timers } from '../ports.ts'

/** One request that came to an end. */
export type CallReport = {
  readonly verb: string
  readonly resource: Resource
  readonly startedAt: number
  readonly endedAt: number
  /** null: there was an answer of 2xx. */
  readonly error: ApiError | UnreachableError | null
}

/** The writing half of a ClusterApi, with a time limit on every request and a report of each. */
export interface Calls {
  get(address: Address, signal: AbortSignal): Promise<KubeObject>
  create(resource: Resource, namespace: string, body: KubeObject | string, signal: AbortSignal): Promise<KubeObject>
  delete(address: Address, uid: string, signal: AbortSignal): Promise<KubeObject>
  evict(address: Address, uid: string, signal: AbortSignal): Promise<KubeObject>
  patch(
    address: Address & { readonly subresource?: 'status' },
    type: PatchType,
    body: KubeObject | readonly KubeObject[],
    signal: AbortSignal,
  ): Promise<KubeObject>
}

export function callsOn(options: {
  readonly api: ClusterApi
  readonly clock: Clock
  readonly timers: Timers
  readonly timeoutMs: number
  readonly report: (call: CallReport) => void
}): Calls {
  const { api, clock, timers, timeoutMs, report } = options

  async function call(
    verb: string,
    resource: Resource,
    outer: AbortSignal,
    send: (signal: AbortSignal) => Promise<KubeObject>,
  ): Promise<KubeObject> {
    outer.throwIfAborted()
    const inner = new AbortController()
    const passOn = () => inner.abort(outer.reason)
    outer.addEventListener('abort', passOn, { once: true })
    let timedOut = false
    const cancel = timers.after(timeoutMs, () => {
      timedOut = true
      inner.abort(new Error(`no answer within ${timeoutMs / 1000} s`))
    })
    const startedAt = clock.now()
    const ended = (error: CallReport['error']) => report({ verb, resource, startedAt, endedAt: clock.now(), error })
    try {
      const object = await send(inner.signal)
      ended(null)
      return object
    } catch (thrown) {
      // Given up by us, not by the cluster: it says nothing about the cluster.
      outer.throwIfAborted()
      const error = timedOut
        ? new UnreachableError(`${api.cluster}: no answer within ${timeoutMs / 1000} s`, { cause: thrown })
        : thrown
      if (error instanceof ApiError || error instanceof UnreachableError) ended(error)
      throw error
    } finally {
      cancel()
      outer.removeEventListener('abort', passOn)
    }
  }

  return {
    get: (address, signal) => call('get', address.resource, signal, inner => api.get(address, inner)),
    create: (resource, namespace, body, signal) =>
      call('create', resource, signal, inner => api.create(resource, namespace, body, inner)),
    delete: (address, uid, signal) =>
      call('delete', address.resource, signal, inner => api.delete(address, { uid, signal: inner })),
    evict: (address, uid, signal) =>
      call('evict', address.resource, signal, inner => api.evict(address, { uid, signal: inner })),
    patch: (address, type, body, signal) =>
      call(address.subresource ? 'patchStatus' : 'patch', address.resource, signal, inner =>
        api.patch(address, type, body, inner),
      ),
  }
}
