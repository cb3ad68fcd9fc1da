/** What the twins look at in the objects of an API server; everything else is carried along. */
export type Metadata = {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly resourceVersion: string
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
  readonly generation?: number
  readonly generateName?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly finalizers?: readonly string[]
  readonly ownerReferences?: readonly OwnerReference[]
}

export type OwnerReference = {
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
}

export type Taint = { readonly key: string; readonly value?: string; readonly effect: string }

export type Node = {
  readonly metadata: Metadata
  readonly spec: { readonly taints?: readonly Taint[]; readonly unschedulable?: boolean }
}

export type Pod = {
  readonly metadata: Metadata
  readonly spec: {
    readonly nodeName?: string
    readonly affinity?: {
      readonly nodeAffinity?: {
        readonly requiredDuringSchedulingIgnoredDuringExecution?: {
          readonly nodeSelectorTerms: readonly {
            readonly matchFields?: readonly { readonly values: readonly string[] }[]
          }[]
        }
      }
    }
  }
  readonly status: {
    readonly phase?: string
    readonly reason?: string
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly reason?: string
      readonly lastTransitionTime?: string
    }[]
  }
}

export type DaemonSet = {
  readonly metadata: Metadata
  readonly spec: {
    readonly selector: unknown
    readonly template: { readonly metadata: Pick<Metadata, 'labels' | 'annotations'>; readonly spec: unknown }
    readonly updateStrategy: {
      readonly type: string
      readonly rollingUpdate?: { readonly maxUnavailable: number | string; readonly maxSurge: number | string }
    }
    readonly minReadySeconds?: number
    readonly revisionHistoryLimit: number
  }
  readonly status: Readonly<Record<string, number>>
}

export type ControllerRevision = { readonly metadata: Metadata; readonly revision: number; readonly data: unknown }

export type Event = {
  readonly metadata: Metadata
  readonly involvedObject: { readonly kind: string; readonly name: string; readonly uid: string }
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly count?: number
  readonly source?: { readonly component?: string }
}

export type Kinds = {
  readonly Node: Node
  readonly Pod: Pod
  readonly DaemonSet: DaemonSet
  readonly ControllerRevision: ControllerRevision
  readonly Event: Event
}

export const hashLabel = 'controller-revision-hash'
export const generationLabel = 'pod-template-generation'

export const ownerOf = ({ metadata }: { readonly metadata: Metadata }): OwnerReference | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller)

/** Where a pod stands, or is to stand (spec §1.9). */
export function nodeOf({ spec }: Pod): string {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return spec.nodeName ?? terms?.[0]?.matchFields?.[0]?.values[0] ?? ''
}

export const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false

/** Since when it is ready (ms since the epoch, whole seconds); null: it is not. */
export function readySince({ status }: Pod): number | null {
  const ready = status.conditions?.find(({ type, status: is }) => type === 'Ready' && is === 'True')
  return ready?.lastTransitionTime === undefined ? null : Date.parse(ready.lastTransitionTime)
}

/** The order of spec §3.4. */
export function comparePods(a: Pod, b: Pod): number {
  const bound = Number(a.spec.nodeName === undefined) - Number(b.spec.nodeName === undefined)
  if (bound !== 0) return bound
  const [left, right] = [a.metadata, b.metadata].map(({ creationTimestamp, name }) => `${creationTimestamp} ${name}`)
  return (left ?? '') < (right ?? '') ? -1 : 1
}
