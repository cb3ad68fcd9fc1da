import type { KubeObject } from '../objects/object-store.ts'
import { formWanted } from './accept.ts'
import type { List, Presentation } from './call.ts'
import { apiVersionOf, type Resource } from './resources.ts'
import { badRequest } from './status.ts'
import { type IncludeObject, tableOf } from './tables/index.ts'
import { partialMetadata } from './tables/partial-metadata.ts'

/** @throws ApiStatusError 406, or 400 of an unknown `includeObject` */
export function presentationOf(
  accept: string | undefined,
  query: URLSearchParams,
  what: 'object' | 'list',
): Presentation {
  const form = formWanted(accept, what)
  const include = query.get('includeObject') ?? 'Metadata'
  if (include === 'None' || include === 'Metadata' || include === 'Object') return { form, include }
  if (form.form !== 'table') return { form, include: 'Metadata' }
  const words = "must be 'Metadata', 'Object', 'None', or empty"
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(include)}: ${words}`,
  )
}

/** One object as JSON text in the wanted form. */
export function objectText(object: KubeObject, resource: Resource, how: Presentation, nowMs: number): string {
  switch (how.form.form) {
    case 'whole':
      return wholeText(object)
    case 'metadata':
      return JSON.stringify(partialMetadata(object))
    case 'table':
      return tableText(
        [object],
        { resourceVersion: object.metadata.resourceVersion },
        resource,
        how.include,
        nowMs,
        true,
      )
  }
}

/** A list as JSON text in the wanted form. */
export function listText(list: List, resource: Resource, how: Presentation, nowMs: number): string {
  const metadata = {
    resourceVersion: list.resourceVersion,
    ...(list.next === undefined ? {} : { continue: list.next }),
    ...(list.remaining === undefined ? {} : { remainingItemCount: list.remaining }),
  }
  switch (how.form.form) {
    case 'whole': {
      const head = JSON.stringify({ kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata })
      return `${head.slice(0, -1)},"items":[${list.items.map(itemText).join(',')}]}`
    }
    case 'metadata':
      return JSON.stringify({
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata,
        items: list.items.map(partialMetadata),
      })
    case 'table':
      return tableText(list.items, metadata, resource, how.include, nowMs, true)
  }
}

/** @param withHeaders in a watch, only the first table names its columns */
export function tableText(
  objects: readonly KubeObject[],
  metadata: object,
  resource: Resource,
  include: IncludeObject,
  nowMs: number,
  withHeaders: boolean,
): string {
  const { columnDefinitions, rows } = tableOf(resource.plural, objects, include, nowMs)
  return JSON.stringify({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withHeaders ? columnDefinitions : null,
    rows,
  })
}

/**
 * The text of an object without its kind, from the brace on. An object never changes, and goes to every watcher and into
 * many lists: it is written out once.
 */
const restTexts = new WeakMap<KubeObject, string>()

function restText(object: KubeObject): string {
  const present = restTexts.get(object)
  if (present !== undefined) return present
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = object
  const text = JSON.stringify(rest).slice(1)
  restTexts.set(object, text)
  return text
}

export function wholeText(object: KubeObject): string {
  return `{"kind":"${object.kind}","apiVersion":"${object.apiVersion}",${restText(object)}`
}

/** The items of a list leave out their kind: the list tells it. */
function itemText(object: KubeObject): string {
  return `{${restText(object)}`
}
