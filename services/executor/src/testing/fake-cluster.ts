import type { Json } from '@rollcall/contracts'
import {
  type Address,
  ApiError,
  type ClusterApi,
  type KubeObject,
  type ListPage,
  type PatchType,
  type Resource,
  type Right,
  type WatchEvent,
} from '@rollcall/kube'
import { arrayIn, isObject, type JsonObject, objectIn, textIn } from '../kube-objects.ts'

/** One request as the fake API server saw it. */
export type SeenCall = {
  readonly verb: 'get' | 'create' | 'delete' | 'evict' | 'patch'
  readonly resource: Resource
  readonly namespace: string
  readonly name: string
  readonly subresource: 'status' | null
  readonly patchType: PatchType | null
  /** As it was sent. */
  readonly body: KubeObject | readonly KubeObject[] | string | null
}

/** Runs before a request is served: may wait, and may throw what the server answers. */
export type Interference = (call: SeenCall, signal: AbortSignal | undefined) => Promise<void> | void

export function apiError(
  code: number,
  reason: string,
  message: string,
  more: { cause?: string; retryAfterMs?: number } = {},
): ApiError {
  return new ApiError({ code, reason, cause: more.cause ?? '', message, retryAfterMs: more.retryAfterMs ?? null })
}

/** A ClusterApi over a map that answers as an API server does, as far as the executor can tell. */
export class FakeCluster implements ClusterApi {
  readonly cluster: string
  readonly seen: SeenCall[] = []
  interfere: Interference = () => undefined
  missing: readonly Right[] = []
  readonly #objects = new Map<string, KubeObject>()
  #version = 100

  constructor(cluster: string) {
    this.cluster = cluster
  }

  /** Puts an object there, past all checks. Returns it with its uid and resourceVersion. */
  put(resource: Resource, object: JsonObject): KubeObject {
    const metadata = objectIn(object, 'metadata')
    const resourceVersion = String(++this.#version)
    const stored = {
      ...object,
      metadata: { uid: `uid-${resourceVersion}`, ...metadata, resourceVersion },
    }
    this.#objects.set(keyOf(resource, textIn(metadata, 'namespace'), textIn(metadata, 'name')), stored)
    return stored
  }

  /** The object as it is stored; undefined when there is none. */
  peek(resource: Resource, namespace: string, name: string): KubeObject | undefined {
    return this.#objects.get(keyOf(resource, namespace, name))
  }

  all(resource: Resource): readonly KubeObject[] {
    return [...this.#objects].flatMap(([key, object]) => (key.startsWith(`${resource}/`) ? [object] : []))
  }

  remove(resource: Resource, namespace: string, name: string): void {
    this.#objects.delete(keyOf(resource, namespace, name))
  }

  /** How many of the requests seen are such. */
  count(verb: SeenCall['verb'], resource: Resource): number {
    return this.seen.filter(call => call.verb === verb && call.resource === resource).length
  }

  async get(address: Address, signal?: AbortSignal): Promise<KubeObject> {
    await this.#receive({ verb: 'get', ...seenAt(address) }, signal)
    return this.#stored(address)
  }

  async create(resource: Resource, namespace: string, body: KubeObject | string, signal?: AbortSignal) {
    const object: KubeObject = typeof body === 'string' ? JSON.parse(body) : body
    const name = textIn(objectIn(object, 'metadata'), 'name')
    await this.#receive({ verb: 'create', ...seenAt({ resource, namespace, name }), body }, signal)
    if (this.peek(resource, namespace, name)) {
      throw apiError(409, 'AlreadyExists', `${plural(resource)} "${name}" already exists`)
    }
    return this.put(resource, { ...object, metadata: { ...objectIn(object, 'metadata'), namespace } })
  }

  async delete(address: Address, options: { uid?: string; signal?: AbortSignal }): Promise<KubeObject> {
    return await this.#remove('delete', address, options)
  }

  async evict(address: Address, options: { uid: string; signal?: AbortSignal }): Promise<KubeObject> {
    await this.#remove('evict', address, options)
    return { kind: 'Status', status: 'Success' }
  }

  async #remove(verb: 'delete' | 'evict', address: Address, options: { uid?: string; signal?: AbortSignal }) {
    await this.#receive({ verb, ...seenAt(address) }, options.signal)
    const object = this.#stored(address)
    if (!this.#uidMatches(object, options.uid ?? '')) {
      const words = 'the UID in the precondition does not match the UID in record'
      throw apiError(
        409,
        'Conflict',
        `Operation cannot be fulfilled on ${plural(address.resource)} "${address.name}": ${words}`,
      )
    }
    this.#objects.delete(keyOf(address.resource, address.namespace ?? '', address.name))
    return object
  }

  async patch(
    address: Address & { readonly subresource?: 'status' },
    type: PatchType,
    body: KubeObject | readonly KubeObject[],
    signal?: AbortSignal,
  ): Promise<KubeObject> {
    const subresource = address.subresource ?? null
    await this.#receive({ verb: 'patch', ...seenAt(address), subresource, patchType: type, body }, signal)
    const object = this.#stored(address)
    if (isOperations(body)) return this.put(address.resource, jsonPatch(object, body))
    // As the real one was seen to do: for a patch the uid is a field that must not change.
    if (!this.#uidMatches(object, textIn(objectIn(body, 'metadata'), 'uid'))) {
      throw apiError(
        422,
        'Invalid',
        `${address.resource} "${address.name}" is invalid: metadata.uid: field is immutable`,
      )
    }
    const patched = mergePatch(object, type === 'strategic' ? withoutOwners(body) : body) as KubeObject
    const owners = type === 'strategic' ? mergeOwners(object, body) : null
    const metadata = { ...objectIn(patched, 'metadata'), ...(owners === null ? {} : { ownerReferences: owners }) }
    return this.put(address.resource, { ...patched, metadata })
  }

  async missingRights(): Promise<readonly Right[]> {
    return this.missing
  }

  async list(): Promise<ListPage> {
    throw new Error('the executor lists nothing')
  }

  // biome-ignore lint/correctness/useYield: it only has to have the port's type.
  async *watch(): AsyncGenerator<WatchEvent> {
    throw new Error('the executor watches nothing')
  }

  async identify(): Promise<{ clusterUid: string; serverVersion: string }> {
    return { clusterUid: `uid-of-${this.cluster}`, serverVersion: 'v1.37.2' }
  }

  async close(): Promise<void> {
    this.#objects.clear()
  }

  async #receive(call: SeenCall, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    this.seen.push(call)
    await this.interfere(call, signal)
  }

  #stored(address: Address): KubeObject {
    const object = this.peek(address.resource, address.namespace ?? '', address.name)
    if (!object) throw apiError(404, 'NotFound', `${plural(address.resource)} "${address.name}" not found`)
    return object
  }

  #uidMatches(object: KubeObject, wanted: string): boolean {
    return wanted === '' || wanted === textIn(objectIn(object, 'metadata'), 'uid')
  }
}

function seenAt({ resource, namespace = '', name }: Address): Omit<SeenCall, 'verb'> {
  return { resource, namespace, name, subresource: null, patchType: null, body: null }
}

function keyOf(resource: Resource, namespace: string, name: string): string {
  return `${resource}/${namespace}/${name}`
}

function plural(resource: Resource): string {
  const name = `${resource.toLowerCase()}s`
  return resource === 'DaemonSet' || resource === 'ControllerRevision' ? `${name}.apps` : name
}

const isOperations = (body: KubeObject | readonly KubeObject[]): body is readonly KubeObject[] => Array.isArray(body)

/** RFC 6902, as far as the executor uses it: `test` and `remove`. */
function jsonPatch(object: KubeObject, operations: readonly KubeObject[]): KubeObject {
  const patched = structuredClone(object)
  for (const { op, path, value } of operations) {
    const members = String(path).slice(1).split('/')
    const last = members.pop() ?? ''
    // biome-ignore lint/suspicious/noExplicitAny: a path leads through anything.
    const parent = members.reduce((from: any, member) => from[member], patched)
    if (op === 'test' && parent[last] !== value) {
      throw apiError(422, 'Invalid', 'the server rejected our request due to an error in our request')
    }
    if (op === 'remove') parent.splice(Number(last), 1)
  }
  return patched
}

/** RFC 7386. */
function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch
  const merged: { [key: string]: Json } = { ...(isObject(target) ? target : {}) }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}

function withoutOwners(body: KubeObject): KubeObject {
  const { ownerReferences: _, ...metadata } = objectIn(body, 'metadata')
  return { ...body, metadata }
}

/** Strategic merge of owner references: a list merged by uid, with `$patch: delete`. */
function mergeOwners(object: KubeObject, body: KubeObject): Json[] {
  const byUid = new Map<string, JsonObject>()
  for (const owner of arrayIn(objectIn(object, 'metadata'), 'ownerReferences')) {
    if (isObject(owner)) byUid.set(textIn(owner, 'uid'), owner)
  }
  for (const change of arrayIn(objectIn(body, 'metadata'), 'ownerReferences')) {
    if (!isObject(change)) continue
    const uid = textIn(change, 'uid')
    if (change.$patch === 'delete') byUid.delete(uid)
    else byUid.set(uid, { ...byUid.get(uid), ...change })
  }
  return [...byUid.values()]
}
