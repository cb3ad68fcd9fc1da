import type { Draft, Json, KubeObject } from '../../objects/object-store.ts'
import { jsonPatch, mergePatch, strategicMergePatch } from '../../patch/index.ts'
import type { Answer, Api, Call } from '../call.ts'
import type { Resource } from '../resources.ts'
import type { ResourceTarget } from '../route.ts'
import { badRequest, notFound, unknownPatch } from '../status.ts'
import { parseJson, readBody, readFields } from './body.ts'
import { dryRunOf, fieldValidationOf, managerOf } from './options.ts'

type At<A> = Extract<ResourceTarget, { at: A }>

function optionsOf(call: Call, kind: string) {
  return {
    manager: managerOf(call.query, call.headers.userAgent),
    dryRun: dryRunOf(call.query.getAll('dryRun'), kind),
  }
}

export function create(api: Api, { resource, namespace }: At<'collection'>, call: Call): Answer {
  if (resource.stored === null) throw notFound(resource, '')
  const { draft, warnings } = readBody(call, resource, fieldValidationOf(call.query, 'CreateOptions'))
  const object = api.store.create(resource.stored, namespace ?? '', draft, optionsOf(call, 'CreateOptions'))
  return { answer: 'object', code: 201, resource, object, warnings }
}

export function replace(api: Api, target: At<'object'>, call: Call): Answer {
  const { resource, namespace, name, subresource } = target
  if (resource.stored === null) throw notFound(resource, name)
  const { draft, warnings } = readBody(call, resource, fieldValidationOf(call.query, 'UpdateOptions'))
  checkAddress(draft, target)
  const options = optionsOf(call, 'UpdateOptions')
  const status = subresource?.name === 'status' ? 'status' : undefined
  // Some kinds may be made by their replacement (leases, events).
  if (status === undefined && resource.isCreatedByUpdate && api.store.find(resource.stored, namespace, name) === null) {
    const made = api.store.create(resource.stored, namespace, draft, options)
    return { answer: 'object', code: 201, resource, object: made, warnings }
  }
  const object = api.store.update(resource.stored, namespace, name, draft, status, options)
  return { answer: 'object', code: 200, resource, object, warnings }
}

function checkAddress({ metadata }: Draft, { name, namespace }: At<'object'>): void {
  if (metadata.name === undefined) {
    throw badRequest('name must be provided')
  }
  if (metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
  }
  if (metadata.namespace !== undefined && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
}

type PatchType = 'json' | 'merge' | 'strategic'

const patchTypes: { readonly [contentType: string]: PatchType } = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
}

export function patch(api: Api, target: At<'object'>, call: Call): Answer {
  const { resource, namespace, name, subresource } = target
  if (resource.stored === null) throw notFound(resource, name)
  const type = patchTypeOf(call.headers.contentType)
  const change = parseJson(call.body.toString('utf8'), problem => badRequest(`error decoding patch: ${problem}`))
  const validation = fieldValidationOf(call.query, 'PatchOptions')
  let warnings: readonly string[] = []
  const object = api.store.change(
    resource.stored,
    namespace,
    name,
    present => {
      const patched = patchedObject(type, change, present, resource)
      const read = readFields(patched, resource, validation)
      warnings = read.warnings
      checkAddress(read.draft, target)
      return read.draft
    },
    subresource?.name === 'status' ? 'status' : undefined,
    optionsOf(call, 'PatchOptions'),
  )
  return { answer: 'object', code: 200, resource, object, warnings }
}

function patchTypeOf(contentType: string): PatchType {
  const type = patchTypes[contentType]
  if (type !== undefined) return type
  if (contentType.startsWith('application/apply-patch')) {
    throw unknownPatch('the simulator has no server-side apply: use kubectl apply without --server-side')
  }
  throw unknownPatch()
}

function patchedObject(type: PatchType, change: Json, present: KubeObject, { schema }: Resource): KubeObject {
  switch (type) {
    case 'json':
      return jsonPatch(present, change)
    case 'merge':
      return mergePatch(present, change)
    case 'strategic':
      return strategicMergePatch(schema, present, change)
  }
}
