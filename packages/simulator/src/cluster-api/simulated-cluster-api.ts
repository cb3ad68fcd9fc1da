import {
  type Address,
  ApiError,
  type ClusterApi,
  type KubeObject,
  type ListPage,
  type PatchType,
  type Resource,
  type Right,
  UnreachableError,
  type WatchEvent,
} from '@rollcall/kube'
import { type Timers, wait } from '@rollcall/service'
import type { Call, Faults } from '../cluster/faults.ts'
import { expired } from '../cluster/faults.ts'
import { kubeletVersion } from '../cluster/nodes/node-shape.ts'
import type { Draft, ObjectStore, Json as StoredJson, KubeObject as StoredObject } from '../objects/object-store.ts'
import { jsonPatch, mergePatch, strategicMergePatch } from '../patch/index.ts'
import { asApiError } from './errors.ts'
import { storedAs } from './resources.ts'
import { WatchQueue } from './watch-queue.ts'

export type SimulatedClusterApiOptions = {
  /** Of latencies, bookmarks and ends of watches. */
  readonly timers: Timers
  /** Credentials that may read and nothing else. Default false. */
  readonly isReadOnly?: boolean
  /** How often a watch is told where it stands. Default 1 min. */
  readonly bookmarkMs?: number
  /** Events that wait for a watcher that reads slowly; then it is cut off. Default 10,000, as over HTTP. */
  readonly watchQueueMax?: number
}

/** A cluster as `createSimulatedCluster` makes it: as much as is needed here. */
type Served = { readonly name: string; readonly store: ObjectStore; readonly faults: Faults }

const readVerbs: ReadonlySet<string> = new Set(['get', 'list', 'watch'])
const manager = 'rollcall'
/** A list whose further pages are asked for later than this many lists is answered by 410. */
const snapshotsMax = 64

/** A simulated cluster behind the port of `@rollcall/kube`: the same answers as over HTTP, without it. */
export function createSimulatedClusterApi(cluster: Served, options: SimulatedClusterApiOptions): ClusterApi {
  const { store, faults } = cluster
  const { timers, isReadOnly = false, bookmarkMs = 60_000, watchQueueMax = 10_000 } = options
  const closing = new AbortController()
  const snapshots = new Map<string, { readonly items: readonly StoredObject[]; readonly resourceVersion: string }>()
  let lastToken = 0

  /** Lets the faults have their way with a request, and turns the server's errors into the client's. */
  async function answered<T>(call: Call, signal: AbortSignal | undefined, serve: () => T): Promise<T> {
    try {
      const loseAnswer = await begun(call, signal)
      const answer = serve()
      if (loseAnswer) throw new UnreachableError(`${cluster.name}: the connection was cut before the answer`)
      return answer
    } catch (error) {
      throw asApiError(error)
    }
  }

  /** @returns whether the answer is to be lost */
  async function begun(call: Call, signal: AbortSignal | undefined): Promise<boolean> {
    signal?.throwIfAborted()
    if (closing.signal.aborted) throw new UnreachableError(`${cluster.name}: the client is closed`)
    const { latencyMs, refuse, loseAnswer } = faults.request(call)
    if (latencyMs > 0 && !(await wait(timers, latencyMs, signal))) throw signal?.reason
    if (refuse) throw refuse
    if (isReadOnly && !readVerbs.has(call.verb)) throw forbidden(call)
    return loseAnswer
  }

  const callOf = (verb: Call['verb'], { resource, namespace = '', name }: Address, subresource?: string): Call => ({
    verb,
    resource: storedAs[resource].name,
    namespace,
    name,
    ...(subresource === undefined ? {} : { subresource }),
  })
  const allOf = (verb: Call['verb'], resource: Resource): Call => callOf(verb, { resource, name: '' })

  function page(resource: Resource, limit: number, next: string | null | undefined): ListPage {
    const [list = '', from = '0'] = (next ?? '').split('.')
    const snapshot = next
      ? snapshots.get(list)
      : { items: store.list(storedAs[resource].name, null), resourceVersion: store.resourceVersion() }
    if (!snapshot) throw expired()
    const start = Number(from)
    const end = start + limit
    const items = snapshot.items.slice(start, end) as unknown as readonly KubeObject[]
    if (end >= snapshot.items.length) {
      snapshots.delete(list)
      return { items, resourceVersion: snapshot.resourceVersion, next: null }
    }
    const token = next ? list : remember(snapshot)
    return { items, resourceVersion: snapshot.resourceVersion, next: `${token}.${end}` }
  }

  function remember(snapshot: { readonly items: readonly StoredObject[]; readonly resourceVersion: string }): string {
    lastToken += 1
    const token = String(lastToken)
    snapshots.set(token, snapshot)
    if (snapshots.size > snapshotsMax) snapshots.delete(snapshots.keys().next().value ?? '')
    return token
  }

  async function* watch(
    resource: Resource,
    { resourceVersion, signal, timeoutSeconds }: Parameters<ClusterApi['watch']>[1],
  ): AsyncGenerator<WatchEvent> {
    const queue = new WatchQueue(timers)
    const cut = () => queue.end(new UnreachableError(`${cluster.name}: the watch was cut`))
    const abort = () => queue.end(signal.reason)
    const ends: (() => void)[] = []
    try {
      await begun(allOf('watch', resource), signal)
      const stop = store.watch(storedAs[resource].name, resourceVersion, ({ type, object }) =>
        queue.push({ type, object: object as unknown as KubeObject }, faults.delivery()),
      )
      queue.boundFromHere(watchQueueMax, () => {
        const why = `the watch was cut: ${watchQueueMax} events wait for its reader`
        queue.end(new UnreachableError(`${cluster.name}: ${why}`))
      })
      const { cutAfterMs } = faults.watch()
      const tell = () => {
        queue.push({ type: 'BOOKMARK', resourceVersion: store.resourceVersion() }, { copies: 1, delayMs: 0 })
        takeBackBookmark = timers.after(bookmarkMs, tell)
      }
      let takeBackBookmark = timers.after(bookmarkMs, tell)
      ends.push(stop, faults.onCut(cut), () => takeBackBookmark())
      if (cutAfterMs !== null) ends.push(timers.after(cutAfterMs, cut))
      if (timeoutSeconds !== undefined) ends.push(timers.after(timeoutSeconds * 1000, () => queue.end()))
      signal.addEventListener('abort', abort)
      closing.signal.addEventListener('abort', cut)
      for (let event = await queue.next(); event !== null; event = await queue.next()) yield event
    } catch (error) {
      throw asApiError(error)
    } finally {
      for (const end of ends) end()
      signal.removeEventListener('abort', abort)
      closing.signal.removeEventListener('abort', cut)
    }
  }

  return {
    cluster: cluster.name,
    list: (resource, { limit, next, signal }) =>
      answered(allOf('list', resource), signal, () => page(resource, limit, next)),
    watch,
    get: (address, signal) =>
      answered(callOf('get', address), signal, () => {
        const { namespace = '', name } = address
        return store.get(storedAs[address.resource].name, namespace, name) as unknown as KubeObject
      }),
    create: (resource, namespace, body, signal) =>
      answered(callOf('create', { resource, namespace, name: '' }), signal, () => {
        const draft = (typeof body === 'string' ? JSON.parse(body) : body) as Draft
        return metadataOf(store.create(storedAs[resource].name, namespace, draft, { manager }))
      }),
    delete: (address, { uid, signal }) =>
      answered(callOf('delete', address), signal, () => {
        const { resource, namespace = '', name } = address
        const options = uid === undefined ? {} : { preconditions: { uid } }
        return metadataOf(store.delete(storedAs[resource].name, namespace, name, options))
      }),
    evict: (address, { uid, signal }) =>
      answered(callOf('create', address, 'eviction'), signal, () => {
        const { resource, namespace = '', name } = address
        store.delete(storedAs[resource].name, namespace, name, { preconditions: { uid } })
        return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }
      }),
    patch: (address, type, body, signal) =>
      answered(callOf('patch', address, address.subresource), signal, () => {
        const { name: resource, schema } = storedAs[address.resource]
        const change = (present: StoredObject) => patched(type, schema, present, body as unknown as StoredJson)
        const { namespace = '', name, subresource } = address
        return metadataOf(store.change(resource, namespace, name, change, subresource, { manager }))
      }),
    identify: signal =>
      answered(callOf('get', { resource: 'Namespace', name: 'kube-system' }), signal, () => ({
        clusterUid: store.clusterUid,
        serverVersion: kubeletVersion,
      })),
    async missingRights(rights, signal) {
      signal?.throwIfAborted()
      return isReadOnly ? rights.filter(({ verb }: Right) => !readVerbs.has(verb)) : []
    },
    async close() {
      closing.abort(new UnreachableError(`${cluster.name}: the client is closed`))
    },
  }
}

function patched(type: PatchType, schema: string, present: StoredObject, body: StoredJson): Draft {
  switch (type) {
    case 'merge':
      return mergePatch(present, body)
    case 'strategic':
      return strategicMergePatch(schema, present, body)
    case 'json':
      return jsonPatch(present, body)
  }
}

/** As `PartialObjectMetadata`: identity is what matters after a change. */
function metadataOf({ metadata }: StoredObject): KubeObject {
  return { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata: metadata as unknown as KubeObject }
}

function forbidden({ verb, resource }: Call): ApiError {
  const message = `${resource} is forbidden: these credentials may read only, and cannot ${verb}`
  return new ApiError({ code: 403, reason: 'Forbidden', cause: '', message, retryAfterMs: null })
}
