import { apiVersionOf, groups, resources, reviews } from '../resources.ts'

/** `/api` */
export function apiVersions() {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    // There is one address, and the client has it.
    serverAddressByClientCIDRs: [],
  }
}

/** `/apis` */
export function apiGroups() {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupOf) }
}

/** `/apis/<group>`; null when there is none. */
export function apiGroup(name: string) {
  return groups.includes(name) ? { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(name) } : null
}

function groupOf(name: string) {
  const version = { groupVersion: `${name}/v1`, version: 'v1' }
  return { name, versions: [version], preferredVersion: version }
}

/** `/api/v1` and `/apis/<group>/v1`; null when there is none. */
export function apiResources(group: string) {
  if (group !== '' && !groups.includes(group)) return null
  const stored = resources
    .filter(resource => resource.group === group)
    .flatMap(resource => [
      {
        name: resource.plural,
        singularName: resource.singular,
        namespaced: resource.namespaced,
        kind: resource.kind,
        verbs: resource.verbs,
        ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
        ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
      },
      ...resource.subresources.map(subresource => ({
        name: `${resource.plural}/${subresource.name}`,
        singularName: '',
        namespaced: resource.namespaced,
        ...(subresource.group === group ? {} : { group: subresource.group, version: 'v1' }),
        kind: subresource.kind,
        verbs: subresource.verbs,
      })),
    ])
  const asked = reviews
    .filter(review => review.group === group)
    .map(({ plural, kind }) => ({
      name: plural,
      singularName: kind.toLowerCase(),
      namespaced: false,
      kind,
      verbs: ['create'],
    }))
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: apiVersionOf({ group }),
    resources: [...stored, ...asked],
  }
}
