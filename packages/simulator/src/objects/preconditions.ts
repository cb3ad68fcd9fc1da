import { invalidValue } from '../schema/field-error.ts'
import { badRequest, conflict, invalid, staleWrite } from './errors.ts'
import type { DeleteOptions, Draft, KubeObject } from './object-store.ts'
import type { Resource } from './resources.ts'

/** @throws ApiStatusError 400 */
export function assertSameNamespace(inDraft: string | undefined, inRequest: string): void {
  if (!inDraft || inDraft === inRequest) return
  throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
}

/** An update names the object it is for, and may name the state it is based on. @throws ApiStatusError 400, 409, 422 */
export function assertWritable(resource: Resource, present: KubeObject, { metadata }: Draft): void {
  const { name, uid, resourceVersion } = present.metadata
  if (metadata.name !== undefined && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
  }
  if (resource.isNamespaced) assertSameNamespace(metadata.namespace, present.metadata.namespace ?? '')
  if (metadata.uid && metadata.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`
    throw conflict(resource.resource, resource.group, name, why)
  }
  const isUnconditional = !metadata.resourceVersion || metadata.resourceVersion === '0'
  if (isUnconditional && !resource.allowsUnconditionalUpdate) {
    throw invalid(resource.resource, resource.group, name, [
      invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
    ])
  }
  if (!isUnconditional && metadata.resourceVersion !== resourceVersion) {
    throw conflict(resource.resource, resource.group, name, staleWrite)
  }
}

/** @throws ApiStatusError 409 */
export function assertPreconditions(
  resource: Resource,
  { metadata }: KubeObject,
  { preconditions = {} }: DeleteOptions,
): void {
  const { name, uid, resourceVersion } = metadata
  const { kind, group } = resource
  if (preconditions.uid !== undefined && preconditions.uid !== uid) {
    const why = `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`
    throw conflict(kind, group, name, why)
  }
  if (preconditions.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`
    throw conflict(kind, group, name, why)
  }
}
