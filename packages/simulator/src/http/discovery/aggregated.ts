import { groups, type Resource, resources, reviews } from '../resources.ts'

/** All groups and resources in one answer (KEP-3352): of the core group for `/api`, of the others for `/apis`. */
export function groupDiscoveryList(root: 'api' | 'apis', version: 'v2' | 'v2beta1') {
  const names = root === 'api' ? [''] : groups
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: names.map(group => ({
      metadata: group === '' ? {} : { name: group },
      versions: [{ version: 'v1', resources: resourcesOf(group), freshness: 'Current' }],
    })),
  }
}

function resourcesOf(group: string) {
  const stored = resources.filter(resource => resource.group === group).map(discovered)
  const asked = reviews
    .filter(review => review.group === group)
    .map(({ plural, kind }) => ({
      resource: plural,
      responseKind: { group: '', version: '', kind },
      scope: 'Cluster',
      singularResource: kind.toLowerCase(),
      verbs: ['create'],
    }))
  return [...stored, ...asked]
}

function discovered(resource: Resource) {
  const subresources = resource.subresources.map(({ name, kind, group, verbs }) => ({
    subresource: name,
    responseKind: group === resource.group ? { group: '', version: '', kind } : { group, version: 'v1', kind },
    verbs,
  }))
  return {
    resource: resource.plural,
    responseKind: { group: '', version: '', kind: resource.kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  }
}
