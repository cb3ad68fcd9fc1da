import { isTooDeep, levelsMax } from '../../objects/depth.ts'
import { ApiStatusError, type Draft, type Json, type KubeObject } from '../../objects/object-store.ts'
import { jsonPatch, mergePatch, strategicMergePatch } from '../../patch/index.ts'
import type { Answer, Api, Call } from '../call.ts'
import type { Resource } from '../resources.ts'
import type { ResourceTarget } from '../route.ts'
import { badRequest, notFound, unknownPatch } from '../status.ts'
import { parseJson, type Read, readBody, readFields } from './body.ts'
import { dryRunOf, type FieldValidation, fieldValidationOf, managerOf } from './options.ts'

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
  const options = optionsOf(call, 'CreateOptions')
  const object = api.store.create(resource.stored, namespace ?? '', draft, options)
  const shown = options.dryRun ? withoutVersion(object) : object
  return { answer: 'object', code: 201, resource, object: shown, warnings }
}

/** What was never stored has no resourceVersion. */
function withoutVersion(object: KubeObject): KubeObject {
  const { resourceVersion: _none, ...metadata } = object.metadata
  return { ...object, metadata: metadata as KubeObject['metadata'] }
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
  const change = readPatch(call, type)
  const validation = fieldValidationOf(call.query, 'PatchOptions')
  let warnings: readonly string[] = []
  const object = api.store.change(
    resource.stored,
    namespace,
    name,
    present => {
      const read = readPatched(patchedObject(type, change, present, resource), resource, validation)
      warnings = read.warnings
      checkAddress(read.draft, target)
      return read.draft
    },
    subresource?.name === 'status' ? 'status' : undefined,
    optionsOf(call, 'PatchOptions'),
  )
  return { answer: 'object', code: 200, resource, object, warnings }
}

/** @throws ApiStatusError 400 of what is no patch of the type */
function readPatch(call: Call, type: PatchType): Json {
  const change = parseJson(call.body.toString('utf8'), problem =>
    badRequest(type === 'merge' ? 'invalid JSON patch' : `error decoding patch: ${problem}`),
  )
  const kind = Array.isArray(change) ? 'array' : change === null ? 'null' : typeof change
  const [wanted, goType] = type === 'json' ? ['array', '[]handlers.jsonPatchOp'] : ['object', 'map[string]interface {}']
  if (kind === wanted) return change
  throw badRequest(`error decoding patch: json: cannot unmarshal ${kind} into Go value of type ${goType}`)
}

/** @throws ApiStatusError 422: what a patch makes is judged as a field `patch`; 400 when it nests too deep */
function readPatched(patched: KubeObject, resource: Resource, validation: FieldValidation): Read {
  if (isTooDeep(patched)) throw badRequest(`the patched object: exceeded max depth of ${levelsMax}`)
  try {
    return readFields(patched, resource, validation)
  } catch (error) {
    if (!(error instanceof ApiStatusError) || error.code !== 400) throw error
    const why = error.message.slice(error.message.indexOf(': ') + 2)
    const message = `Invalid value: ${JSON.stringify(JSON.stringify(patched))}: ${why}`
    throw new ApiStatusError(422, 'Invalid', ` "" is invalid: patch: ${message}`, {
      causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }],
    })
  }
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
