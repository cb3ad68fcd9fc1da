import type { Random } from '@rollcall/service'
import type { DemoCluster } from '../cluster/pools.ts'
import type { SimulatedCluster } from '../cluster/simulated-cluster.ts'
import type { Draft } from '../objects/object-store.ts'

/** Who plays in a story. */
export type Cast = {
  readonly clusters: readonly SimulatedCluster[]
  /** What the clusters are made of, by name: for machines that join. */
  readonly demos: ReadonlyMap<string, DemoCluster>
  readonly random: Random
}

/** Something a step needs is not there (somebody removed it meanwhile): the step is left out, and says so. */
export class MissingActorError extends Error {
  constructor(what: string) {
    super(`${what}: this step is left out`)
    this.name = 'MissingActorError'
  }
}

/** The n-th cluster (from 0); the last one when there are fewer. @throws MissingActorError */
export function clusterOf({ clusters }: Cast, number: number): SimulatedCluster {
  const cluster = clusters[Math.min(number, clusters.length - 1)]
  if (!cluster) throw new MissingActorError('there is no cluster')
  return cluster
}

/** Names of the nodes with all these labels, sorted. @throws MissingActorError when there are fewer than `least` */
export function nodesWith(
  { store, name }: SimulatedCluster,
  labels: { readonly [label: string]: string },
  least = 1,
): readonly string[] {
  const found = store
    .list('nodes', null)
    .filter(node => Object.entries(labels).every(([key, value]) => node.metadata.labels?.[key] === value))
    .map(node => node.metadata.name)
    .sort()
  if (found.length >= least) return found
  const wanted = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  throw new MissingActorError(`${name} has no ${least === 1 ? 'node' : `${least} nodes`} with ${wanted.join(', ')}`)
}

/** One of them, by chance. @throws MissingActorError */
export function oneWith(cast: Cast, cluster: SimulatedCluster, labels: { readonly [label: string]: string }): string {
  const nodes = nodesWith(cluster, labels)
  return nodes[Math.floor(cast.random() * nodes.length)] ?? ''
}

/** The DaemonSet of a story, in namespace `default`. */
export function agent(
  name: string,
  image: string,
  more: { readonly nodeSelector?: { readonly [label: string]: string }; readonly maxUnavailable?: number } = {},
): Draft {
  const { nodeSelector, maxUnavailable = 2 } = more
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, labels: { app: name } },
    spec: {
      selector: { matchLabels: { app: name } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable, maxSurge: 0 } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          ...(nodeSelector ? { nodeSelector } : {}),
          terminationGracePeriodSeconds: 10,
          containers: [{ name: 'agent', image, resources: { requests: { cpu: '50m', memory: '64Mi' } } }],
        },
      },
    },
  }
}
