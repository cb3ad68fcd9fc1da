import { kinds } from '@rollcall/contracts'
import { type Right, resourceNames } from '@rollcall/kube'

/**
 * What the watcher's credentials must be allowed, as `infra/rbac/watcher.yaml` grants it. All of it is needed: without one of them
 * a list would be half known, so nothing of the cluster is published.
 */
export const neededRights: readonly Right[] = [
  ...kinds.flatMap(kind => ['list', 'watch'].map(verb => ({ verb, ...resourceNames(kind) }))),
  { verb: 'get', ...resourceNames('Namespace'), name: 'kube-system' },
]
