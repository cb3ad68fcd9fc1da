import { ApiStatusError, type DeleteOptions, type KubeObject, type ResourceName } from '../../objects/object-store.ts'
import type { Answer, Api, Call } from '../call.ts'
import type { Resource } from '../resources.ts'
import type { ResourceTarget } from '../route.ts'
import { selectionOf } from '../selectors/index.ts'
import { invalidOptions, notFound } from '../status.ts'
import { type Fields, readObject } from './body.ts'
import { dryRunOf, flag, notSupported, wholeNumber } from './options.ts'

type At<A> = Extract<ResourceTarget, { at: A }>

export function deleteOne(api: Api, { resource, namespace, name }: At<'object'>, call: Call): Answer {
  if (resource.stored === null) throw notFound(resource, name)
  const options = deleteOptionsOf(call)
  const object = api.store.delete(resource.stored, namespace, name, options)
  if (isPending(object)) {
    return { answer: 'object', code: options.orphanDependents === false ? 202 : 200, resource, object }
  }
  // These give back what they delete (`ReturnDeletedObject` in pkg/registry).
  const givesBack = ['pods', 'serviceaccounts', 'namespaces'].includes(resource.plural)
  if (givesBack) return { answer: 'object', code: 200, resource, object }
  return { answer: 'document', code: 200, document: deleted(resource, object) }
}

export function deleteCollection(api: Api, { resource, namespace }: At<'collection'>, call: Call): Answer {
  const { stored } = resource
  const selection = selectionOf(call.query, resource)
  const options = deleteOptionsOf(call)
  const chosen = stored === null ? [] : api.store.list(stored, namespace).filter(object => selection.matches(object))
  const resourceVersion = api.store.resourceVersion()
  for (const { metadata } of chosen) {
    if (stored !== null) deleteIfThere(api, stored, metadata, options)
  }
  // As they were found.
  return { answer: 'list', resource, list: { items: chosen, resourceVersion } }
}

/** The deletion of one object may take others with it. */
function deleteIfThere(
  { store }: Api,
  resource: ResourceName,
  { namespace = '', name }: KubeObject['metadata'],
  options: DeleteOptions,
): void {
  try {
    store.delete(resource, namespace, name, options)
  } catch (error) {
    if (!(error instanceof ApiStatusError) || error.code !== 404) throw error
  }
}

/** Whether it is still there, waiting for its grace period or its finalizers. */
function isPending({ metadata, spec }: KubeObject): boolean {
  if (metadata.deletionTimestamp === undefined) return false
  const { finalizers = [] } = (spec ?? {}) as { readonly finalizers?: readonly string[] }
  return (
    (metadata.finalizers ?? []).length > 0 || finalizers.length > 0 || (metadata.deletionGracePeriodSeconds ?? 0) > 0
  )
}

function deleted(resource: Resource, { metadata }: KubeObject) {
  const group = resource.group === '' ? {} : { group: resource.group }
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name: metadata.name, ...group, kind: resource.plural, uid: metadata.uid },
  }
}

const policies = ['Foreground', 'Background', 'Orphan'] as const

const deleteOptions = { kind: 'DeleteOptions', schema: 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions' }

/** From the body, or if there is none, from the query. @throws ApiStatusError 400, 422 */
export function deleteOptionsOf(call: Call): DeleteOptions {
  const given = call.body.length > 0 ? readObject(call, deleteOptions) : fromQuery(call.query)
  return checked(given)
}

function fromQuery(query: URLSearchParams): Fields {
  return {
    propagationPolicy: query.get('propagationPolicy') ?? undefined,
    orphanDependents: flag(query, 'orphanDependents') ?? undefined,
    gracePeriodSeconds: wholeNumber(query, 'gracePeriodSeconds') ?? undefined,
    dryRun: query.getAll('dryRun'),
  }
}

export function checked(given: Fields): DeleteOptions {
  const { propagationPolicy: policy, orphanDependents, gracePeriodSeconds } = given
  const kind = 'DeleteOptions'
  const dryRun = dryRunOf(Array.isArray(given.dryRun) ? given.dryRun.map(String) : [], kind)
  if (typeof orphanDependents === 'boolean' && typeof policy === 'string') {
    const message = `Invalid value: ${JSON.stringify(policy)}: orphanDependents and deletionPropagation cannot be both set`
    throw invalidOptions(kind, 'propagationPolicy', 'FieldValueInvalid', message)
  }
  const known = policies.find(each => each === policy)
  if (typeof policy === 'string' && known === undefined) {
    throw notSupported(kind, 'propagationPolicy', JSON.stringify(policy), [...policies, 'nil'])
  }
  const preconditions = given.preconditions as NonNullable<DeleteOptions['preconditions']> | null | undefined
  return {
    dryRun,
    ...(preconditions ? { preconditions } : {}),
    ...(known === undefined ? {} : { propagationPolicy: known }),
    ...(typeof orphanDependents === 'boolean' ? { orphanDependents } : {}),
    ...(typeof gracePeriodSeconds === 'number' ? { gracePeriodSeconds } : {}),
  }
}
