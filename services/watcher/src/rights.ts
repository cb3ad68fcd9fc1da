import { kinds } from '@rollcall/contracts'
import { type Right, resourceNames } from '@rollcall/kube'

/** What the watcher's credentials must be allowed. */
export const neededRights: readonly Right[] = [
  ...kinds.flatMap(kind => ['get', 'list', 'watch'].map(verb => ({ verb, ...resourceNames(kind) }))),
  { verb: 'get', ...resourceNames('Namespace'), name: 'kube-system' },
]

/** For people: `list pods, watch pods, get namespaces "kube-system"`. */
export function rightsInWords(rights: readonly Right[]): string {
  return rights
    .map(({ verb, group, resource, name }) => {
      const full = group === '' ? resource : `${resource}.${group}`
      return `${verb} ${full}${name === undefined ? '' : ` ${JSON.stringify(name)}`}`
    })
    .join(', ')
}
