import { ApiStatusError, type Change, type KubeObject, type ObjectStore } from '../../objects/object-store.ts'
import type { Answer, Api, Call, List } from '../call.ts'
import type { Resource } from '../resources.ts'
import type { ResourceTarget } from '../route.ts'
import { selectionOf } from '../selectors/index.ts'
import { expired, notFound } from '../status.ts'
import { beginningAt, type Continue, ContinueExpired, continueTokenOf, readContinueToken } from './continue.ts'
import { checkListOptions, versionOf, wholeNumber } from './options.ts'

type At<A> = Extract<ResourceTarget, { at: A }>

export function get(api: Api, { resource, namespace, name }: At<'object'>): Answer {
  const object = resource.stored === null ? null : api.store.find(resource.stored, namespace, name)
  if (object === null) throw notFound(resource, name)
  return { answer: 'object', code: 200, resource, object }
}

export function list(api: Api, { resource, namespace }: At<'collection'>, call: Call): Answer {
  checkListOptions(call.query)
  const selection = selectionOf(call.query, resource)
  const token = call.query.get('continue')
  const from = token ? readContinueToken(token) : null
  const { items, version } = objectsAt(api.store, resource, namespace, call.query, from)
  const chosen = (from === null ? items : beginningAt(items, from)).filter(object => selection.matches(object))
  // As kube-apiserver takes it, 0 and anything below: no limit.
  const limit = wholeNumber(call.query, 'limit') ?? 0
  const page = pageOf(chosen, limit, version, selection.isEmpty)
  return { answer: 'list', resource, list: page }
}

function pageOf(objects: readonly KubeObject[], limit: number, resourceVersion: string, counts: boolean): List {
  const next = limit > 0 ? objects[limit] : undefined
  if (next === undefined) return { items: objects, resourceVersion }
  const page = { items: objects.slice(0, limit), resourceVersion, next: continueTokenOf(next, resourceVersion) }
  // With a selector the rest would have to be looked at to be counted: kube-apiserver does not.
  return counts ? { ...page, remaining: objects.length - limit } : page
}

type AtVersion = { readonly items: readonly KubeObject[]; readonly version: string }

function objectsAt(
  store: ObjectStore,
  resource: Resource,
  namespace: string | null,
  query: URLSearchParams,
  from: Continue | null,
): AtVersion {
  const version = store.resourceVersion()
  if (resource.stored === null) return { items: [], version }
  const asked = versionOf(query)
  if (from !== null) {
    if (from.version === -1) return { items: store.list(resource.stored, namespace), version }
    return { items: past(store, resource, namespace, from.version, from), version: String(from.version) }
  }
  if (asked !== null && asked > Number(version)) throw tooLarge(asked, version)
  if (asked !== null && query.get('resourceVersionMatch') === 'Exact') {
    return { items: past(store, resource, namespace, asked, null), version: String(asked) }
  }
  return { items: store.list(resource.stored, namespace), version }
}

/** The objects as they were at an earlier resourceVersion: the present ones, with what changed since taken back. */
function past(
  store: ObjectStore,
  resource: Resource,
  namespace: string | null,
  version: number,
  from: Continue | null,
): readonly KubeObject[] {
  const { stored } = resource
  if (stored === null) return []
  const present = store.list(stored, namespace)
  if (version >= Number(store.resourceVersion())) return present
  const changes = changesSince(store, stored, version, from)
  if (changes.length === 0) return present
  const objects = new Map(present.map(object => [keyOf(object), object]))
  for (const { object, before } of changes.toReversed()) {
    if (namespace !== null && object.metadata.namespace !== namespace) continue
    if (before === null) objects.delete(keyOf(object))
    else objects.set(keyOf(before), before)
  }
  return [...objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)
}

function changesSince(
  store: ObjectStore,
  stored: NonNullable<Resource['stored']>,
  version: number,
  from: Continue | null,
): readonly Change[] {
  const changes: Change[] = []
  try {
    store.watch(stored, String(version), change => changes.push(change))()
    return changes
  } catch (error) {
    if (!(error instanceof ApiStatusError) || error.code !== 410) throw error
    if (from !== null) throw new ContinueExpired(from)
    throw expired('The resourceVersion for the provided list is too old.')
  }
}

/** Sorts as the store does: by namespace, then by name. */
export function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}\0${metadata.name}`
}

function tooLarge(asked: number, version: string): ApiStatusError {
  return new ApiStatusError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${version}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
}
