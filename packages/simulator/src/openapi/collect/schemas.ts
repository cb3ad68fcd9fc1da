// Collects the schemas of what the simulator serves from Kubernetes' published OpenAPI documents, and from its Go types
// what those do not tell: which fields JSON leaves out when they are empty, and how protobuf numbers them. Writes
// schemas.json.gz.
// Run after a change of Kubernetes' version, with the module folder of its source:
//   node packages/simulator/src/openapi/collect/schemas.ts "$(go env GOMODCACHE)/k8s.io" 1.37.2
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Encoding, Message } from '../schemas.ts'
import { fieldsOf, structsOf } from './go-types.ts'
import { messagesOf } from './proto-messages.ts'

const documents = [
  'api__v1',
  'apis__apps__v1',
  'apis__coordination.k8s.io__v1',
  'apis__authorization.k8s.io__v1',
  'apis__authentication.k8s.io__v1',
]

const roots = [
  ...[
    'Node',
    'Pod',
    'Namespace',
    'Event',
    'ServiceAccount',
    'ConfigMap',
    'Secret',
    'Service',
    'LimitRange',
    'ResourceQuota',
  ].map(kind => `io.k8s.api.core.v1.${kind}List`),
  'io.k8s.api.core.v1.Binding',
  'io.k8s.api.policy.v1.Eviction',
  'io.k8s.api.apps.v1.DaemonSetList',
  'io.k8s.api.apps.v1.ControllerRevisionList',
  'io.k8s.api.coordination.v1.LeaseList',
  'io.k8s.api.authorization.v1.SelfSubjectAccessReview',
  'io.k8s.api.authentication.v1.SelfSubjectReview',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Status',
  'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Patch',
]

function refsOf(node: unknown, into: Set<string>): Set<string> {
  if (Array.isArray(node)) for (const item of node) refsOf(item, into)
  else if (typeof node === 'object' && node !== null) {
    for (const [key, value] of Object.entries(node)) {
      if (key === '$ref') into.add(String(value).replace('#/components/schemas/', ''))
      else refsOf(value, into)
    }
  }
  return into
}

const [modules, version] = process.argv.slice(2)
if (modules === undefined || version === undefined) throw new Error('name the folder of the modules and the version')
const all: { [name: string]: unknown } = {}
for (const document of documents) {
  const file = join(modules, `kubernetes@v${version}/api/openapi-spec/v3`, `${document}_openapi.json`)
  Object.assign(all, JSON.parse(readFileSync(file, 'utf8')).components.schemas)
}
const staged = version.replace(/^1/, '0')
const meta = structsOf(join(modules, `apimachinery@v${staged}/pkg/apis/meta/v1/types.go`))
const goOf = (schema: string): { [json: string]: Encoding } => {
  const [, group, name = ''] = /^io\.k8s\.api\.(\w+)\.v1\.(\w+)$/.exec(schema) ?? []
  if (group === undefined) return fieldsOf(schema.replace(/^.*\./, ''), meta)
  const own = structsOf(join(modules, `api@v${staged}`, group, 'v1/types.go'))
  return fieldsOf(name, new Map([...meta, ...own]))
}
const wanted = new Set<string>()
const open = [...roots]
for (let name = open.pop(); name !== undefined; name = open.pop()) {
  if (wanted.has(name)) continue
  if (all[name] === undefined) throw new Error(`no schema ${name} in ${modules}`)
  wanted.add(name)
  open.push(...refsOf(all[name], new Set()))
}
const names = [...wanted].sort()
const schemas = Object.fromEntries(names.map(name => [name, all[name]]))
const encodings = Object.fromEntries(names.map(name => [name, goOf(name)]))
for (const name of names) {
  const { properties = {} } = all[name] as { readonly properties?: object }
  const untold = Object.keys(properties).filter(field => encodings[name]?.[field] === undefined)
  if (untold.length > 0) console.warn(`${name}: the Go types do not tell of ${untold.join(', ')}`)
}
const protos = [
  ...['core', 'apps', 'coordination', 'policy', 'authorization', 'authentication'].map(
    group => `api@v${staged}/${group}/v1`,
  ),
  ...['apis/meta/v1', 'api/resource', 'util/intstr', 'runtime'].map(folder => `apimachinery@v${staged}/pkg/${folder}`),
]
const known = new Map(protos.flatMap(folder => [...messagesOf(join(modules, folder, 'generated.proto'))]))
const messages: { [name: string]: Message } = {}
const unread = [...names.filter(name => known.has(name)), 'io.k8s.apimachinery.pkg.runtime.Unknown']
for (let name = unread.pop(); name !== undefined; name = unread.pop()) {
  const message = known.get(name)
  if (message === undefined || messages[name] !== undefined) continue
  messages[name] = message
  unread.push(...Object.values(message).map(field => field.type))
}
const target = join(import.meta.dirname, '../schemas.json.gz')
writeFileSync(target, gzipSync(JSON.stringify({ schemas, encodings, messages }), { level: 9 }))
console.log(`${names.length} schemas in ${target}`)
