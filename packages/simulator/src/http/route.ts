import { findResource, type Resource, type Review, reviews, type Subresource, type Verb } from './resources.ts'

/** What a path names. */
export type Target =
  | { readonly at: 'collection'; readonly resource: Resource; readonly namespace: string | null }
  | {
      readonly at: 'object'
      readonly resource: Resource
      readonly namespace: string
      readonly name: string
      readonly subresource: Subresource | null
    }
  | { readonly at: 'review'; readonly review: Review }
  /** Below a pod, where it takes a container that really runs. */
  | { readonly at: 'container'; readonly subresource: string }
  /** `/api` or `/apis/<group>/v1` and below, where there is nothing of the name. */
  | { readonly at: 'nothing' }
  /** Anything that is no resource: discovery, version, health. */
  | { readonly at: 'path'; readonly path: string }

export type ResourceTarget = Extract<Target, { at: 'collection' | 'object' }>

/** @throws URIError of a path with broken escapes */
export function routeOf(pathname: string): Target {
  const segments = pathname.split('/').filter(Boolean).map(decodeURIComponent)
  const path: Target = { at: 'path', path: `/${segments.join('/')}` }
  const [root, ...rest] = segments
  if (root === 'api' && rest[0] === 'v1' && rest.length > 1) return below('', rest.slice(1))
  if (root === 'apis' && rest[1] === 'v1' && rest.length > 2 && isGroup(rest[0] ?? '')) {
    return below(rest[0] ?? '', rest.slice(2))
  }
  return path
}

function isGroup(name: string): boolean {
  return ['apps', 'coordination.k8s.io', ...reviews.map(review => review.group)].includes(name)
}

function below(group: string, segments: readonly string[]): Target {
  const review = reviews.find(each => each.group === group && each.plural === segments[0])
  if (review !== undefined && segments.length === 1) return { at: 'review', review }
  const isWithin = segments[0] === 'namespaces' && segments.length > 2
  const within = isWithin ? findResource(group, segments[2] ?? '') : undefined
  if (within?.namespaced) return named(within, segments[1] ?? '', segments.slice(3))
  const resource = findResource(group, segments[0] ?? '')
  if (resource === undefined) return { at: 'nothing' }
  if (segments.length === 1) return { at: 'collection', resource, namespace: null }
  return resource.namespaced ? { at: 'nothing' } : named(resource, '', segments.slice(1))
}

/** Subresources of pods that the API server passes on to the kubelet. */
const ofContainers: readonly string[] = ['attach', 'exec', 'log', 'portforward', 'proxy']

function named(resource: Resource, namespace: string, segments: readonly string[]): Target {
  const [name, below, ...more] = segments
  if (name === undefined) return { at: 'collection', resource, namespace }
  if (resource.plural === 'pods' && below !== undefined && ofContainers.includes(below)) {
    return { at: 'container', subresource: below }
  }
  const subresource = resource.subresources.find(each => each.name === below) ?? null
  if (more.length > 0 || (below !== undefined && subresource === null)) return { at: 'nothing' }
  return { at: 'object', resource, namespace, name, subresource }
}

/** RBAC's verb of a request; null when the method is not allowed there. */
export function verbOf(method: string, target: ResourceTarget, watch: boolean): Verb | null {
  const verb = plainVerb(method, target, watch)
  if (verb === null) return null
  const verbs = target.at === 'object' && target.subresource !== null ? target.subresource.verbs : target.resource.verbs
  return verbs.includes(verb) ? verb : null
}

function plainVerb(method: string, target: ResourceTarget, watch: boolean): Verb | null {
  const isCollection = target.at === 'collection'
  switch (method) {
    case 'GET':
      if (!isCollection) return 'get'
      return watch ? 'watch' : 'list'
    case 'POST':
      if (!isCollection) return target.subresource === null ? null : 'create'
      return target.resource.namespaced && target.namespace === null ? null : 'create'
    case 'PUT':
      return isCollection ? null : 'update'
    case 'PATCH':
      return isCollection ? null : 'patch'
    case 'DELETE':
      if (!isCollection) return 'delete'
      return target.resource.namespaced && target.namespace === null ? null : 'deletecollection'
    default:
      return null
  }
}
