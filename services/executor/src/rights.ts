import { type Right, rightsInWords, rightsTo } from '@rollcall/kube'

/** Rights that go together, and what is not done without them. */
export type Use = {
  readonly rights: readonly Right[]
  readonly without: string
  /** Only DaemonSets with an annotation ask for it (docs/annotations.md). */
  readonly byAnnotation?: boolean
}

/** All that the executor does in a cluster, as `infra/rbac/executor.yaml` and `executor-annotations.yaml` grant it. */
export const uses: readonly Use[] = [
  { rights: rightsTo('', 'pods', 'create'), without: 'no pods are created' },
  { rights: rightsTo('', 'pods', 'get'), without: 'own pods that a lost answer left are not recognised' },
  { rights: rightsTo('', 'pods', 'delete'), without: 'no pods are removed' },
  { rights: rightsTo('', 'pods', 'patch'), without: 'pods are neither adopted nor released' },
  { rights: rightsTo('apps', 'daemonsets', 'get'), without: 'no pods and revisions are adopted' },
  { rights: rightsTo('apps', 'daemonsets/status', 'patch'), without: 'no status is written' },
  // Asked for by admission, because our owner references block the owner's deletion (spec §1.5).
  {
    rights: rightsTo('apps', 'daemonsets/finalizers', 'update'),
    without: 'no pods and revisions are created where OwnerReferencesPermissionEnforcement is on',
  },
  { rights: rightsTo('apps', 'controllerrevisions', 'get'), without: 'no pods are created, whose templates lie there' },
  { rights: rightsTo('apps', 'controllerrevisions', 'create'), without: 'no new templates are rolled out' },
  { rights: rightsTo('apps', 'controllerrevisions', 'patch'), without: 'no revisions are adopted or numbered anew' },
  { rights: rightsTo('apps', 'controllerrevisions', 'delete'), without: 'old revisions stay' },
  { rights: rightsTo('', 'events', 'create', 'patch'), without: 'no Kubernetes Events are written' },
  {
    rights: rightsTo('', 'pods/eviction', 'create'),
    without: 'no pods are evicted (rollcall.dev/voluntary-removal)',
    byAnnotation: true,
  },
  {
    rights: rightsTo('', 'nodes', 'get', 'patch'),
    without: 'startup taints stay (rollcall.dev/startup-taint)',
    byAnnotation: true,
  },
  {
    rights: rightsTo('apps', 'daemonsets', 'patch'),
    without: 'rollouts are not rolled back (rollcall.dev/auto-rollback)',
    byAnnotation: true,
  },
]

/** What every DaemonSet needs. */
export const neededRights: readonly Right[] = uses.flatMap(({ rights, byAnnotation }) => (byAnnotation ? [] : rights))

/** `create pods: no pods are created; patch daemonsets.apps/status: no status is written`; null when nothing lacks. */
export function lackInWords(missing: readonly Right[], ofAnnotations: boolean): string | null {
  const words = new Set(missing.map(right => rightsInWords([right])))
  const lacks = uses.flatMap(({ rights, without, byAnnotation = false }) => {
    const lacking = byAnnotation === ofAnnotations ? rights.filter(right => words.has(rightsInWords([right]))) : []
    return lacking.length === 0 ? [] : [`${rightsInWords(lacking)}: ${without}`]
  })
  return lacks.length === 0 ? null : lacks.join('; ')
}
