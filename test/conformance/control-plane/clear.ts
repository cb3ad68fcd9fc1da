import type { Cluster } from '../api/cluster.ts'
import { Refused, type Stored } from '../api/cluster.ts'
import { refOf } from '../world.ts'

/** Takes away what a case leaves behind: DaemonSets first, so that nobody makes anything anew; namespaces may stay. */
export async function clear(cluster: Cluster): Promise<void> {
  for (const daemonSet of await cluster.list('DaemonSet')) await removed(cluster, daemonSet, { policy: 'Orphan' })
  for (const pod of await cluster.list('Pod')) await removed(cluster, pod, { graceSeconds: 0 })
  for (const node of await cluster.list('Node')) await removed(cluster, node, {})
}

async function removed(cluster: Cluster, object: Stored, deletion: Parameters<Cluster['remove']>[1]): Promise<void> {
  try {
    if (object.metadata.finalizers?.length) await cluster.patch(refOf(object), { metadata: { finalizers: null } })
    await cluster.remove(refOf(object), deletion)
  } catch (error) {
    if (!(error instanceof Refused && error.code === 404)) throw error
  }
}
