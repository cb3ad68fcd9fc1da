import type { ClusterOverview, Overview } from '@rollcall/embedded'
import type { UpOptions } from './options.ts'

/**
 * Nodes of a simulated cluster all come to be ready: until they are, what its status says is of before (a restart), or of
 * a part of the cluster. In a real one a node may be away for good.
 */
export const isComing = ({ cluster, nodes }: ClusterOverview): boolean =>
  cluster.kind === 'simulated' && (nodes.total === 0 || nodes.ready < nodes.total)

/**
 * Every cluster is watched and has nodes, and every DaemonSet has all its pods. Where an example was asked for, it is
 * wanted on some nodes.
 */
export function isComplete(
  { clusters }: Overview,
  { embedded: { clusters: source } }: Pick<UpOptions, 'embedded'>,
): boolean {
  const hasExample = source.kind === 'simulated' && source.example === true
  return (
    clusters.length > 0 &&
    clusters.every(
      cluster =>
        cluster.trouble === null &&
        cluster.nodes.total > 0 &&
        !isComing(cluster) &&
        cluster.daemonSets.every(({ settled }) => settled) &&
        (!hasExample || cluster.daemonSets.some(({ desired }) => desired > 0)),
    )
  )
}
