import type { Amounts, Taint } from './kinds.ts'
import type { NodeShape } from './nodes/node-shape.ts'
import { createRandom, wholeBetween } from './random.ts'
import type { SimulatedCluster } from './simulated-cluster.ts'

/** Nodes of one kind. */
export type Pool = {
  readonly name: string
  readonly nodes: number
  /** Its nodes take turns in these. */
  readonly zones: readonly string[]
  readonly instanceType: string
  readonly architecture?: 'amd64' | 'arm64'
  readonly labels?: { readonly [label: string]: string }
  readonly taints?: readonly Taint[]
  readonly capacity?: Amounts
}

/** A cluster for demonstrations: a name, and what it is made of. */
export type DemoCluster = {
  readonly name: string
  readonly region: string
  /** For people. */
  readonly summary: string
  readonly pools: readonly Pool[]
}

const controlPlane = (nodes: number, zones: readonly string[]): Pool => ({
  name: 'control-plane',
  nodes,
  zones,
  instanceType: 'standard-4',
  labels: { 'node-role.kubernetes.io/control-plane': '' },
  taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
})

const gpus = (nodes: number, zones: readonly string[]): Pool => ({
  name: 'gpu',
  nodes,
  zones,
  instanceType: 'gpu-8',
  labels: { accelerator: 'nvidia' },
  taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }],
  capacity: { cpu: '32', memory: '128Gi', 'nvidia.com/gpu': '4' },
})

/** The three demo clusters of the embedded mode. */
export const demoClusters: readonly DemoCluster[] = [
  {
    name: 'amsterdam',
    region: 'eu-west',
    summary: 'three zones: workers, a storage pool (ssd=true), a tainted GPU pool',
    pools: [
      controlPlane(1, ['eu-west-a']),
      {
        name: 'worker',
        nodes: 12,
        zones: ['eu-west-a', 'eu-west-b', 'eu-west-c'],
        instanceType: 'standard-8',
        capacity: { cpu: '8', memory: '32Gi' },
      },
      {
        name: 'storage',
        nodes: 4,
        zones: ['eu-west-a', 'eu-west-b'],
        instanceType: 'storage-8',
        labels: { ssd: 'true' },
        capacity: { cpu: '8', memory: '64Gi', 'ephemeral-storage': '2Ti' },
      },
      gpus(3, ['eu-west-b', 'eu-west-c']),
    ],
  },
  {
    name: 'boston',
    region: 'us-east',
    summary: 'two zones: three control-plane nodes, workers of two architectures, a batch pool behind a taint',
    pools: [
      controlPlane(3, ['us-east-1', 'us-east-2']),
      {
        name: 'worker',
        nodes: 8,
        zones: ['us-east-1', 'us-east-2'],
        instanceType: 'standard-8',
        capacity: { cpu: '8', memory: '32Gi' },
      },
      {
        name: 'arm',
        nodes: 4,
        zones: ['us-east-1', 'us-east-2'],
        instanceType: 'arm-4',
        architecture: 'arm64',
        labels: { ssd: 'true' },
      },
      {
        name: 'batch',
        nodes: 4,
        zones: ['us-east-2'],
        instanceType: 'spot-16',
        labels: { 'cluster.example/lifecycle': 'spot' },
        taints: [{ key: 'batch', value: 'only', effect: 'NoSchedule' }],
        capacity: { cpu: '16', memory: '64Gi' },
      },
      gpus(2, ['us-east-1']),
    ],
  },
  {
    name: 'cape-town',
    region: 'af-south',
    summary: 'small machines at many sites, of which a few have a disk of their own',
    pools: [
      controlPlane(1, ['af-south-core']),
      {
        name: 'site',
        nodes: 14,
        zones: ['af-south-harbour', 'af-south-mountain', 'af-south-winelands'],
        instanceType: 'edge-2',
        architecture: 'arm64',
        labels: { 'cluster.example/site': 'true' },
        capacity: { cpu: '2', memory: '4Gi', pods: '40' },
      },
      {
        name: 'depot',
        nodes: 3,
        zones: ['af-south-core'],
        instanceType: 'storage-4',
        labels: { ssd: 'true' },
        capacity: { cpu: '4', memory: '16Gi', 'ephemeral-storage': '1Ti' },
      },
      gpus(1, ['af-south-core']),
    ],
  },
]

/** The machines of a cluster; names end in four characters drawn from the seed, as cloud providers give them. */
export function machinesOf({ name, region, pools }: DemoCluster, seed: string): readonly NodeShape[] {
  const random = createRandom(`${seed}/${name}/machines`)
  return pools.flatMap(pool => Array.from({ length: pool.nodes }, (_, index) => machineOf(pool, region, index, random)))
}

/** One machine more for a pool. */
export function machineOf(pool: Pool, region: string, index: number, random: () => number): NodeShape {
  const { name, zones, nodes: _, ...shape } = pool
  const letters = 'bcdfghjklmnpqrstvwxz2456789'
  const suffix = Array.from({ length: 4 }, () => letters[wholeBetween(random, 0, letters.length - 1)]).join('')
  return {
    ...shape,
    name: `${name}-${suffix}`,
    region,
    zone: zones[index % zones.length] ?? region,
    labels: { pool: name, ...shape.labels },
  }
}

/** Lets all machines of the demo cluster join. */
export function populate(cluster: SimulatedCluster, demo: DemoCluster, seed: string): void {
  for (const machine of machinesOf(demo, seed)) cluster.addNode(machine)
}
