import type { ResourceName } from '../objects/object-store.ts'

/** How the API names one of its resources, and where it lies. */
export type Resource = {
  /** In the object store; null of a resource that is always empty here. */
  readonly stored: ResourceName | null
  readonly group: string
  readonly version: 'v1'
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly verbs: readonly Verb[]
  readonly subresources: readonly Subresource[]
  /** Whether a replace of something that is not there creates it. */
  readonly isCreatedByUpdate: boolean
  /** What `fieldSelector` may name, besides metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[]
  /** Name of the schema in Kubernetes' OpenAPI documents. */
  readonly schema: string
}

/** RBAC's words. */
export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch'

export type Subresource = {
  readonly name: 'status' | 'binding' | 'eviction'
  readonly kind: string
  readonly group: string
  readonly verbs: readonly Verb[]
}

const allVerbs: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const readVerbs: readonly Verb[] = ['get', 'list', 'watch']

type Facts = Pick<Resource, 'plural' | 'kind'> & Partial<Resource>

function resource(facts: Facts): Resource {
  const group = facts.group ?? ''
  const stored = facts.stored === undefined ? (facts.plural as ResourceName) : facts.stored
  const schemaGroup = { '': 'core', apps: 'apps', 'coordination.k8s.io': 'coordination' }[group] ?? group
  return {
    group,
    version: 'v1',
    singular: facts.kind.toLowerCase(),
    namespaced: true,
    shortNames: [],
    categories: [],
    verbs: stored === null ? readVerbs : allVerbs,
    subresources: [],
    isCreatedByUpdate: false,
    selectableFields: [],
    schema: `io.k8s.api.${schemaGroup}.v1.${facts.kind}`,
    ...facts,
    stored,
  }
}

const statusOf = (kind: string, group = ''): Subresource => ({
  name: 'status',
  kind,
  group,
  verbs: ['get', 'patch', 'update'],
})

/** Everything that is served, in the order of the API's own lists. The read-only ones are there because kubectl looks. */
export const resources: readonly Resource[] = [
  resource({ plural: 'configmaps', kind: 'ConfigMap', shortNames: ['cm'], stored: null }),
  resource({
    plural: 'events',
    kind: 'Event',
    shortNames: ['ev'],
    isCreatedByUpdate: true,
    selectableFields: [
      ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
        field => `involvedObject.${field}`,
      ),
      ...['reason', 'reportingComponent', 'source', 'type'],
    ],
  }),
  resource({ plural: 'limitranges', kind: 'LimitRange', shortNames: ['limits'], stored: null }),
  resource({
    plural: 'namespaces',
    kind: 'Namespace',
    namespaced: false,
    shortNames: ['ns'],
    verbs: allVerbs.filter(verb => verb !== 'deletecollection'),
    subresources: [statusOf('Namespace')],
    selectableFields: ['status.phase'],
  }),
  resource({
    plural: 'nodes',
    kind: 'Node',
    namespaced: false,
    shortNames: ['no'],
    subresources: [statusOf('Node')],
    selectableFields: ['spec.unschedulable'],
  }),
  resource({
    plural: 'pods',
    kind: 'Pod',
    shortNames: ['po'],
    categories: ['all'],
    subresources: [
      { name: 'binding', kind: 'Binding', group: '', verbs: ['create'] },
      { name: 'eviction', kind: 'Eviction', group: 'policy', verbs: ['create'] },
      statusOf('Pod'),
    ],
    selectableFields: [
      ...['nodeName', 'restartPolicy', 'schedulerName', 'serviceAccountName', 'hostNetwork'].map(
        field => `spec.${field}`,
      ),
      ...['phase', 'podIP', 'podIPs', 'nominatedNodeName'].map(field => `status.${field}`),
    ],
  }),
  resource({ plural: 'resourcequotas', kind: 'ResourceQuota', shortNames: ['quota'], stored: null }),
  resource({ plural: 'secrets', kind: 'Secret', stored: null, selectableFields: ['type'] }),
  resource({ plural: 'serviceaccounts', kind: 'ServiceAccount', shortNames: ['sa'] }),
  resource({ plural: 'services', kind: 'Service', shortNames: ['svc'], categories: ['all'], stored: null }),
  resource({ group: 'apps', plural: 'controllerrevisions', kind: 'ControllerRevision' }),
  resource({
    group: 'apps',
    plural: 'daemonsets',
    kind: 'DaemonSet',
    shortNames: ['ds'],
    categories: ['all'],
    subresources: [statusOf('DaemonSet', 'apps')],
  }),
  resource({ group: 'coordination.k8s.io', plural: 'leases', kind: 'Lease', isCreatedByUpdate: true }),
]

/** Resources that only answer a question and store nothing. */
export type Review = {
  readonly group: 'authorization.k8s.io' | 'authentication.k8s.io'
  readonly plural: 'selfsubjectaccessreviews' | 'selfsubjectreviews'
  readonly kind: 'SelfSubjectAccessReview' | 'SelfSubjectReview'
}

export const reviews: readonly Review[] = [
  { group: 'authentication.k8s.io', plural: 'selfsubjectreviews', kind: 'SelfSubjectReview' },
  { group: 'authorization.k8s.io', plural: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview' },
]

/** The API's groups in the order in which clients prefer them. */
export const groups: readonly string[] = [
  'apps',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'coordination.k8s.io',
]

export function apiVersionOf(resource: { readonly group: string }): string {
  return resource.group === '' ? 'v1' : `${resource.group}/v1`
}

/** As error messages name it: `pods`, `daemonsets.apps`. */
export function qualifiedName(resource: { readonly group: string; readonly plural: string }): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`
}

export function findResource(group: string, plural: string): Resource | undefined {
  return resources.find(each => each.group === group && each.plural === plural)
}
