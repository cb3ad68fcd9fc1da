import type { Draft } from '../../objects/object-store.ts'
import type { Amounts, Condition, Node, Taint } from '../kinds.ts'

/** A machine that joins a cluster. */
export type NodeShape = {
  readonly name: string
  /** Beside the well-known ones (hostname, os, arch, zone, region, instance type). */
  readonly labels?: { readonly [label: string]: string }
  readonly annotations?: { readonly [annotation: string]: string }
  readonly taints?: readonly Taint[]
  readonly zone?: string
  readonly region?: string
  readonly instanceType?: string
  /** Default `amd64`. */
  readonly architecture?: string
  /** What it has; cpu, memory, pods and ephemeral-storage have defaults. */
  readonly capacity?: Amounts
  readonly kubeletVersion?: string
}

export const kubeletVersion = 'v1.37.2'

const defaultCapacity: Amounts = { cpu: '4', memory: '16384Mi', pods: '110', 'ephemeral-storage': '100Gi' }

/** The node as its kubelet registers it. `number` counts the cluster's nodes and gives the addresses. */
export function nodeDraft(shape: NodeShape, number: number, uid: string, now: string): Draft {
  const { name, zone, region, instanceType, architecture = 'amd64' } = shape
  const labels: Record<string, string> = {
    'kubernetes.io/arch': architecture,
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    ...(zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone }),
    ...(region === undefined ? {} : { 'topology.kubernetes.io/region': region }),
    ...(instanceType === undefined ? {} : { 'node.kubernetes.io/instance-type': instanceType }),
    ...shape.labels,
  }
  const [high, low] = [Math.floor(number / 256) % 256, number % 256]
  const podCIDR = `10.${128 + high}.${low}.0/24`
  const capacity = { ...defaultCapacity, ...shape.capacity }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels, ...(shape.annotations === undefined ? {} : { annotations: shape.annotations }) },
    spec: {
      podCIDR,
      podCIDRs: [podCIDR],
      providerID: `sim://${zone ?? 'zone'}/${name}`,
      // The API server's admission would add it anyway (TaintNodesByCondition).
      taints: [...(shape.taints ?? []), { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }],
    },
    status: {
      capacity,
      allocatable: capacity,
      conditions: kubeletConditions(false, now, 'container runtime network not ready'),
      addresses: [
        { type: 'InternalIP', address: `10.0.${high}.${low}` },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        architecture,
        operatingSystem: 'linux',
        osImage: 'Debian GNU/Linux 13 (trixie)',
        kernelVersion: '6.12.48',
        containerRuntimeVersion: 'containerd://2.2.1',
        kubeletVersion: shape.kubeletVersion ?? kubeletVersion,
        kubeProxyVersion: '',
        machineID: uid.replaceAll('-', ''),
        systemUUID: uid,
        bootID: uid,
      },
    },
  }
}

/** The conditions of a healthy kubelet, Ready or not. */
export function kubeletConditions(isReady: boolean, now: string, why = 'kubelet is not ready'): readonly Condition[] {
  const at = { lastHeartbeatTime: now, lastTransitionTime: now }
  return [
    ...pressures.map(({ type, fine: reason, words: message }) => ({
      type,
      status: 'False' as const,
      reason,
      message,
      ...at,
    })),
    { ...readyCondition(isReady, why), ...at },
  ]
}

export function readyCondition(isReady: boolean, why: string): Condition {
  return isReady
    ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
    : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: why }
}

export type Pressure = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure'

const pressures = [
  { type: 'MemoryPressure', fine: 'KubeletHasSufficientMemory', words: 'kubelet has sufficient memory available' },
  { type: 'DiskPressure', fine: 'KubeletHasNoDiskPressure', words: 'kubelet has no disk pressure' },
  { type: 'PIDPressure', fine: 'KubeletHasSufficientPID', words: 'kubelet has sufficient PID available' },
] as const

const underPressure: { readonly [pressure in Pressure]: Pick<Condition, 'reason' | 'message'> } = {
  MemoryPressure: { reason: 'KubeletHasInsufficientMemory', message: 'kubelet has insufficient memory available' },
  DiskPressure: { reason: 'KubeletHasDiskPressure', message: 'kubelet has disk pressure' },
  PIDPressure: { reason: 'KubeletHasInsufficientPID', message: 'kubelet has insufficient PID available' },
}

export function pressureCondition(type: Pressure, isOn: boolean): Condition {
  if (isOn) return { type, status: 'True', ...(underPressure[type] as { reason: string; message: string }) }
  const { fine = '', words = '' } = pressures.find(pressure => pressure.type === type) ?? {}
  return { type, status: 'False', reason: fine, message: words }
}

export function isReady(node: Node): boolean {
  return node.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}
