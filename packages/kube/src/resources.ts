import type { Resource } from './cluster-api.ts'

type Endpoint = {
  readonly prefix: string
  readonly group: string
  readonly plural: string
  readonly namespaced: boolean
}

const endpoints: { readonly [R in Resource]: Endpoint } = {
  Node: { prefix: '/api/v1', group: '', plural: 'nodes', namespaced: false },
  Pod: { prefix: '/api/v1', group: '', plural: 'pods', namespaced: true },
  Event: { prefix: '/api/v1', group: '', plural: 'events', namespaced: true },
  Namespace: { prefix: '/api/v1', group: '', plural: 'namespaces', namespaced: false },
  DaemonSet: { prefix: '/apis/apps/v1', group: 'apps', plural: 'daemonsets', namespaced: true },
  ControllerRevision: { prefix: '/apis/apps/v1', group: 'apps', plural: 'controllerrevisions', namespaced: true },
}

/** Group and plural of a resource, as RBAC words them. */
export function resourceNames(resource: Resource): { readonly group: string; readonly resource: string } {
  const { group, plural } = endpoints[resource]
  return { group, resource: plural }
}

/** Path of all objects of a resource, in every namespace. */
export function listPath(resource: Resource): string {
  const { prefix, plural } = endpoints[resource]
  return `${prefix}/${plural}`
}

/** Path of the objects of one namespace; what has no namespace has one path only. */
export function collectionPath(resource: Resource, namespace: string): string {
  const { prefix, plural, namespaced } = endpoints[resource]
  if (!namespaced) return `${prefix}/${plural}`
  if (namespace === '') throw new TypeError(`a ${resource} lies in a namespace: name it`)
  return `${prefix}/namespaces/${encodeURIComponent(namespace)}/${plural}`
}

/** Path of one object. */
export function objectPath(resource: Resource, namespace: string, name: string, subresource?: string): string {
  if (name === '') throw new TypeError(`a ${resource} is addressed by its name: it is empty`)
  const path = `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`
  return subresource === undefined ? path : `${path}/${subresource}`
}
