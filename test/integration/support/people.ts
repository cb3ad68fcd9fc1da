import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Rollcall } from './rollcall.ts'

/** kubectl, as somebody. */
export type Kubectl = (...args: string[]) => Promise<string>

/** Lets whoever is of the group `sre` do everything in a cluster. */
export async function trustSre(rollcall: Rollcall, cluster: string): Promise<void> {
  const file = join(rollcall.dir, 'sre.json')
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'sre' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'sre' }],
    }),
  )
  await rollcall.kubectl(cluster, 'apply', '-f', file)
}

/** Somebody of the group `sre`, with a certificate of their own. */
export async function as(rollcall: Rollcall, cluster: string, user: string): Promise<Kubectl> {
  const kubeconfig = await rollcall.cluster(cluster).kubeconfigFor(user, ['sre'])
  return (...args) => rollcall.kubectl(cluster, `--kubeconfig=${kubeconfig}`, ...args)
}
