import type { Right } from './cluster-api.ts'

/** `rightsTo('apps', 'daemonsets/status', 'patch')` */
export function rightsTo(group: string, resource: string, ...verbs: readonly string[]): readonly Right[] {
  const [name = resource, subresource] = resource.split('/')
  return verbs.map(verb => ({ verb, group, resource: name, ...(subresource === undefined ? {} : { subresource }) }))
}

/** For people: `create pods, patch daemonsets.apps/status, get namespaces "kube-system"`. */
export function rightsInWords(rights: readonly Right[]): string {
  return rights
    .map(({ verb, group, resource, subresource, name }) => {
      const full = group === '' ? resource : `${resource}.${group}`
      const part = subresource === undefined ? '' : `/${subresource}`
      return `${verb} ${full}${part}${name === undefined ? '' : ` ${JSON.stringify(name)}`}`
    })
    .join(', ')
}
