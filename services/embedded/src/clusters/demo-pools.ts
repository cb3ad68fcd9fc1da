import type { NodeShape } from '@rollcall/simulator'

/** The nodes of a demo cluster: what people have, small enough to look at. */
export function demoNodes(cluster: string): readonly NodeShape[] {
  const zones = ['a', 'b', 'c'].map(zone => `${cluster}-1${zone}`)
  const pool = (name: string, count: number, shape: Omit<NodeShape, 'name'>): NodeShape[] =>
    Array.from({ length: count }, (_, index) => ({
      region: `${cluster}-1`,
      zone: zones[index % zones.length] ?? '',
      ...shape,
      name: `${name}-${index + 1}`,
      labels: { 'rollcall.dev/pool': name, ...shape.labels },
    }))
  return [
    ...pool('control', 1, {
      instanceType: 'm.large',
      labels: { 'node-role.kubernetes.io/control-plane': '' },
      taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
    }),
    ...pool('general', 11, { instanceType: 'm.xlarge' }),
    ...pool('storage', 4, { instanceType: 'i.2xlarge', labels: { ssd: 'true' } }),
    ...pool('gpu', 2, {
      instanceType: 'g.4xlarge',
      labels: { accelerator: 'gpu' },
      taints: [{ key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' }],
      capacity: { cpu: '16', memory: '65536Mi', pods: '110', 'ephemeral-storage': '200Gi', 'nvidia.com/gpu': '4' },
    }),
    ...pool('batch', 2, {
      instanceType: 'm.xlarge',
      labels: { 'rollcall.dev/spot': 'true' },
      taints: [{ key: 'dedicated', value: 'batch', effect: 'NoExecute' }],
    }),
  ]
}
