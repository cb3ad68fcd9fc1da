import { nearNames } from '@rollcall/contracts'
import type { AuditStore, NamesOf } from '@rollcall/store'
import { ProblemError } from '../problem.ts'

/** Problems about names that nobody knows, with those that look like them. */

const words = { cluster: 'cluster', node: 'node', daemonSet: 'DaemonSet', pod: 'pod' } as const
const codes = {
  cluster: 'unknown-cluster',
  node: 'unknown-node',
  daemonSet: 'unknown-daemonset',
  pod: 'unknown-pod',
} as const

/** Nothing of this name is on record; in a cluster that is not on record either, the cluster is what is wrong. */
export async function unknown(store: AuditStore, of: NamesOf, name: string): Promise<ProblemError> {
  if (of.kind !== 'cluster') {
    const clusters = await store.heads([of.cluster])
    if (clusters.size === 0) return await unknown(store, { kind: 'cluster' }, of.cluster)
  }
  const didYouMean = nearNames(name, await store.names(of))
  const where = of.kind === 'cluster' ? '' : ` in cluster ${of.cluster}`
  const full = 'namespace' in of && of.namespace !== null ? `${of.namespace}/${name}` : name
  const mend =
    didYouMean.length > 0 ? `did you mean ${didYouMean.join(' or ')}?` : `list what is there, and take a name from it`
  return new ProblemError(codes[of.kind], `no ${words[of.kind]} ${full} is on record${where}`, mend, { didYouMean })
}

/** Every cluster asked for by name must be on record. @throws ProblemError */
export async function expectClusters(store: AuditStore, clusters: readonly string[] | undefined): Promise<void> {
  if (clusters === undefined) return
  const known = await store.heads(clusters)
  for (const cluster of clusters) if (!known.has(cluster)) throw await unknown(store, { kind: 'cluster' }, cluster)
}

/** Every name asked for must be on record: a sum over nothing would look like an answer. @throws ProblemError */
export async function expectNames(store: AuditStore, of: NamesOf, names: readonly string[] | undefined): Promise<void> {
  if (names === undefined) return
  const known = await store.knownNames(of, names)
  for (const name of names) if (!known.has(name)) throw await unknown(store, of, name)
}
