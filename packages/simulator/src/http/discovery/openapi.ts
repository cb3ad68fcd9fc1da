import { createHash } from 'node:crypto'
import { collectedSchemas, type Schema } from '../../openapi/schemas.ts'
import { apiVersionOf, groups, type Resource, resources, type Subresource, type Verb } from '../resources.ts'

type Document = { readonly path: string; readonly body: string; readonly hash: string }

let made: ReadonlyMap<string, Document> | null = null

/** The OpenAPI 3 document of each group, by the path it is named by: `api/v1`, `apis/apps/v1`. */
function documents(): ReadonlyMap<string, Document> {
  made ??= new Map(
    ['', ...groups]
      .filter(group => resources.some(resource => resource.group === group))
      .map(group => {
        const path = rootOf(group).slice(1)
        const body = JSON.stringify(documentOf(group))
        return [path, { path, body, hash: createHash('sha512').update(body).digest('hex').toUpperCase() }]
      }),
  )
  return made
}

/** `/openapi/v3`: where the documents lie, each under the digest of its content, so that clients keep them. */
export function openapiIndex() {
  const paths = [...documents().values()].map(({ path, hash }) => [
    path,
    { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` },
  ])
  return { paths: Object.fromEntries(paths) }
}

/** `/openapi/v3/<path>`, as JSON text; null when there is none. */
export function openapiDocument(path: string): string | null {
  return documents().get(path)?.body ?? null
}

function rootOf(group: string): string {
  return group === '' ? '/api/v1' : `/apis/${apiVersionOf({ group })}`
}

/** Paths and parameters as far as clients look at them: to learn what a PATCH takes, and whether fields are validated. */
function documentOf(group: string) {
  const served = resources.filter(resource => resource.group === group)
  const schemas = schemasOf(served)
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths: Object.fromEntries(served.flatMap(pathsOf)),
    components: {
      schemas,
      securitySchemes: {
        BearerToken: {
          description: 'Bearer Token authentication',
          type: 'apiKey',
          name: 'authorization',
          in: 'header',
        },
      },
    },
  }
}

function schemasOf(served: readonly Resource[]): { readonly [name: string]: Schema } {
  const { schemas } = collectedSchemas()
  const found: { [name: string]: Schema } = {}
  const open = served.flatMap(resource => [`${resource.schema}List`, ...resource.subresources.map(schemaOfSubresource)])
  open.push(
    'io.k8s.apimachinery.pkg.apis.meta.v1.Status',
    'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions',
    'io.k8s.apimachinery.pkg.apis.meta.v1.Patch',
  )
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const schema = schemas[name]
    if (schema === undefined || found[name] !== undefined) continue
    found[name] = schema
    for (const [, referred] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (referred !== undefined) open.push(referred)
    }
  }
  return found
}

function schemaOfSubresource({ kind, group }: Subresource): string {
  return `io.k8s.api.${{ '': 'core', apps: 'apps', policy: 'policy' }[group] ?? group}.v1.${kind}`
}

type Operation = { readonly method: string; readonly verb: Verb; readonly action: string }

const onCollection: readonly Operation[] = [
  { method: 'get', verb: 'list', action: 'list' },
  { method: 'post', verb: 'create', action: 'post' },
  { method: 'delete', verb: 'deletecollection', action: 'deletecollection' },
]
const onObject: readonly Operation[] = [
  { method: 'get', verb: 'get', action: 'get' },
  { method: 'put', verb: 'update', action: 'put' },
  { method: 'patch', verb: 'patch', action: 'patch' },
  { method: 'delete', verb: 'delete', action: 'delete' },
  { method: 'post', verb: 'create', action: 'post' },
]

function pathsOf(resource: Resource): [string, object][] {
  const { group, kind, plural, namespaced, verbs } = resource
  const gvk = { group, version: 'v1', kind }
  const root = namespaced ? `${rootOf(group)}/namespaces/{namespace}/${plural}` : `${rootOf(group)}/${plural}`
  const collection = operationsOf(onCollection, verbs, resource.schema, gvk)
  const object = operationsOf(onObject, without(verbs, 'create'), resource.schema, gvk)
  const subresources = resource.subresources.map(subresource => {
    const its = { group: subresource.group, version: 'v1', kind: subresource.kind }
    const operations = operationsOf(onObject, subresource.verbs, schemaOfSubresource(subresource), its)
    return [`${root}/{name}/${subresource.name}`, operations] satisfies [string, object]
  })
  return [[root, collection], [`${root}/{name}`, object], ...subresources]
}

function without(verbs: readonly Verb[], verb: Verb): readonly Verb[] {
  return verbs.filter(each => each !== verb)
}

function operationsOf(operations: readonly Operation[], verbs: readonly Verb[], schema: string, gvk: object): object {
  const served = operations.filter(({ verb }) => verbs.includes(verb))
  return Object.fromEntries(served.map(operation => [operation.method, operationOf(operation, schema, gvk)]))
}

const queryParameter = (name: string) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } })

function operationOf({ method, action }: Operation, schema: string, gvk: object): object {
  const $ref = `#/components/schemas/${schema}`
  const body = method === 'patch' ? patchBody : { content: { 'application/json': { schema: { $ref } } } }
  const writes = method === 'post' || method === 'put' || method === 'patch'
  const parameters = writes ? ['dryRun', 'fieldManager', 'fieldValidation'] : ['dryRun']
  return {
    parameters: method === 'get' ? [] : parameters.map(queryParameter),
    ...(writes ? { requestBody: body } : {}),
    responses: { 200: { description: 'OK', content: { 'application/json': { schema: { $ref } } } } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  }
}

const patchSchema = { schema: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Patch' } }
const patchBody = {
  content: {
    'application/json-patch+json': patchSchema,
    'application/merge-patch+json': patchSchema,
    'application/strategic-merge-patch+json': patchSchema,
  },
}
