import type { KubeObject } from '../../objects/object-store.ts'
import type { Resource } from '../resources.ts'
import { matchesFields, parseFieldSelector } from './field-selector.ts'
import { matchesLabels, parseLabelSelector } from './label-selector.ts'

export type Selection = {
  readonly isEmpty: boolean
  matches(object: KubeObject): boolean
}

/** What a list, a watch or a deletecollection is about. @throws ApiStatusError 400 */
export function selectionOf(query: URLSearchParams, resource: Resource): Selection {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '')
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', resource)
  return {
    isEmpty: labels.length === 0 && fields.length === 0,
    matches: object => matchesLabels(labels, object.metadata.labels ?? {}) && matchesFields(fields, object),
  }
}
