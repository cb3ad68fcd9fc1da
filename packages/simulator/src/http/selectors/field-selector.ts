import type { KubeObject } from '../../objects/object-store.ts'
import type { Resource } from '../resources.ts'
import { badRequest } from '../status.ts'

/** One condition on a field; all of a selector must hold. */
export type FieldTerm = { readonly field: string; readonly isEqual: boolean; readonly value: string }

/**
 * A `fieldSelector` of a query: `spec.nodeName=n1,status.phase!=Failed` (`apimachinery/pkg/fields`).
 * @throws ApiStatusError 400
 */
export function parseFieldSelector(text: string, resource: Resource): readonly FieldTerm[] {
  const parts = text === '' ? [] : (text.match(/(?:\\.|[^,\\])+/g) ?? []).toSorted()
  return parts.map(part => {
    const term = /^(.*?)(!=|==|=)(.*)$/s.exec(part)
    if (term === null) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`)
    const [, given = '', operator, value = ''] = term
    const field = resource.plural === 'pods' && given === 'spec.host' ? 'spec.nodeName' : given
    if (!isSelectable(resource, field)) throw badRequest(unsupported(resource, field))
    return { field, isEqual: operator !== '!=', value: value.replace(/\\([\\,=])/g, '$1') }
  })
}

function isSelectable(resource: Resource, field: string): boolean {
  if (field === 'metadata.name') return true
  if (field === 'metadata.namespace') return resource.namespaced
  return resource.selectableFields.includes(field)
}

function unsupported(resource: Resource, field: string): string {
  // Kinds with fields of their own have their own words.
  if (resource.selectableFields.length > 0) return `field label not supported: ${field}`
  return `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`
}

export function matchesFields(terms: readonly FieldTerm[], object: KubeObject): boolean {
  return terms.every(({ field, isEqual, value }) => (fieldText(object, field) === value) === isEqual)
}

/** What a field is compared as: absent ones are empty, or false. */
function fieldText(object: KubeObject, field: string): string {
  const value = valueAt(object, pathOf(object, field))
  if (value === undefined || value === null) return isBoolean(field) ? 'false' : ''
  return typeof value === 'object' ? '' : String(value)
}

function isBoolean(field: string): boolean {
  return field === 'spec.unschedulable' || field === 'spec.hostNetwork'
}

function pathOf(object: KubeObject, field: string): readonly string[] {
  if (object.kind === 'Event') {
    if (field === 'source') return ['source', 'component']
    if (field === 'reportingComponent') return ['reportingComponent']
  }
  return field.split('.')
}

function valueAt(object: unknown, path: readonly string[]): unknown {
  let value = object
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as { readonly [key: string]: unknown })[key]
  }
  return value
}
