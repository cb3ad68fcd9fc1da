import type { KubeObject, ObjectMeta } from '../objects/object-store.ts'

// The fields of Nodes and Pods that a cluster's own parts look at, as `k8s.io/api/core/v1` has them. What the store
// gives has passed its validation and defaulting, so the casts below only name what is there.

export type Taint = {
  readonly key: string
  readonly value?: string
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
  readonly timeAdded?: string
}

export type Condition = {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
  readonly lastHeartbeatTime?: string
}

/** Amounts by resource name, for example `{ cpu: '500m', memory: '1Gi', 'nvidia.com/gpu': '1' }`. */
export type Amounts = { readonly [resource: string]: string }

export type Node = {
  readonly metadata: ObjectMeta
  readonly spec: { readonly taints?: readonly Taint[]; readonly unschedulable?: boolean; readonly podCIDR?: string }
  readonly status: {
    readonly capacity?: Amounts
    readonly allocatable?: Amounts
    readonly conditions?: readonly Condition[]
    readonly addresses?: readonly { readonly type: string; readonly address: string }[]
  }
}

export type Toleration = {
  readonly key?: string
  readonly operator?: string
  readonly value?: string
  readonly effect?: string
  readonly tolerationSeconds?: number
}

export type Requirement = { readonly key: string; readonly operator: string; readonly values?: readonly string[] }

export type NodeSelectorTerm = {
  readonly matchExpressions?: readonly Requirement[]
  readonly matchFields?: readonly Requirement[]
}

export type Container = {
  readonly name: string
  readonly image: string
  readonly imagePullPolicy?: string
  readonly ports?: readonly {
    readonly hostPort?: number
    readonly containerPort: number
    readonly protocol?: string
    readonly hostIP?: string
  }[]
  readonly resources?: { readonly requests?: Amounts; readonly limits?: Amounts }
  readonly readinessProbe?: { readonly initialDelaySeconds?: number; readonly periodSeconds?: number }
  readonly restartPolicy?: string
}

export type PodSpec = {
  readonly nodeName?: string
  readonly schedulerName?: string
  readonly schedulingGates?: readonly { readonly name: string }[]
  readonly nodeSelector?: { readonly [label: string]: string }
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: {
        readonly nodeSelectorTerms?: readonly NodeSelectorTerm[]
      }
    }
  }
  readonly tolerations?: readonly Toleration[]
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly overhead?: Amounts
  readonly hostNetwork?: boolean
  readonly restartPolicy?: string
  readonly terminationGracePeriodSeconds?: number
  readonly priority?: number
}

export type ContainerState =
  | { readonly waiting: { readonly reason: string; readonly message?: string } }
  | { readonly running: { readonly startedAt: string } }
  | {
      readonly terminated: {
        readonly exitCode: number
        readonly reason: string
        readonly startedAt: string
        readonly finishedAt: string
        readonly containerID?: string
      }
    }

export type ContainerStatus = {
  readonly name: string
  readonly image: string
  readonly imageID: string
  readonly containerID?: string
  readonly ready: boolean
  readonly started: boolean
  readonly restartCount: number
  readonly state: ContainerState
  readonly lastState?: ContainerState | Record<string, never>
}

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'

export type PodStatus = {
  readonly phase?: PodPhase
  readonly reason?: string
  readonly message?: string
  readonly conditions?: readonly Condition[]
  readonly hostIP?: string
  readonly podIP?: string
  readonly startTime?: string
  readonly containerStatuses?: readonly ContainerStatus[]
  readonly initContainerStatuses?: readonly ContainerStatus[]
  readonly qosClass?: string
  readonly [field: string]: unknown
}

export type Pod = { readonly metadata: ObjectMeta; readonly spec: PodSpec; readonly status: PodStatus }

const nothing = {}

export function asPod(object: KubeObject): Pod {
  return (object.status === undefined ? { ...object, status: nothing } : object) as unknown as Pod
}

export function asNode(object: KubeObject): Node {
  return (object.status === undefined || object.spec === undefined
    ? { ...object, spec: object.spec ?? nothing, status: object.status ?? nothing }
    : object) as unknown as Node
}

/** `namespace/name`, the key of a pod. */
export function keyOf({ metadata }: { readonly metadata: ObjectMeta }): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

/** The two halves of `namespace/name`. */
export function partsOf(key: string): readonly [namespace: string, name: string] {
  const slash = key.indexOf('/')
  return [key.slice(0, slash), key.slice(slash + 1)]
}

export function isTerminal(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed'
}

export function conditionOf(of: { readonly conditions?: readonly Condition[] }, type: string): Condition | null {
  return of.conditions?.find(condition => condition.type === type) ?? null
}

/** The conditions with this one in them; its transition time is kept while its status stays. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  condition: Condition,
  now: string,
): readonly Condition[] {
  const before = conditions?.find(({ type }) => type === condition.type)
  const lastTransitionTime = before?.status === condition.status ? (before.lastTransitionTime ?? now) : now
  const put = { ...condition, lastTransitionTime }
  if (!before) return [...(conditions ?? []), put]
  return (conditions ?? []).map(other => (other === before ? put : other))
}

/** RFC 3339 in seconds, as `metav1.Time` is written. */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
