import type { Json } from '@rollcall/contracts'
import {
  generationLabel,
  hashLabel,
  isObject,
  type JsonObject,
  type Labels,
  type Manifest,
  type Metadata,
  type OwnerReference,
} from './manifest.ts'

/**
 * The objects of the reference's tests (spec §9, conventions), as manifests. Times are told as ages, because an API server
 * dates objects itself.
 */
export type Aged = Manifest & { readonly ageSeconds?: number }

/** Labels that the selector matches, and labels that it does not. */
export const l1: Labels = { name: 'simple-daemon', type: 'production' }
export const l2: Labels = { name: 'simple-daemon', type: 'test' }

/** Stands for the hash of the present revision, which only the world knows. */
export const presentHash = '@present'

/** The uid of somebody who is none of ours. */
export const foreignUid = 'foreign'

/** Stands for the name that the controller gives the revision of a template with this image, after so many collisions. */
export const revisionOf = {
  name: (image: string, collisions: number | null = null) => `@revision ${image} ${collisions ?? '-'}`,
  read(name: string): { readonly image: string; readonly collisions: number | null } | null {
    const [mark, image, collisions] = name.split(' ')
    if (mark !== '@revision' || image === undefined) return null
    return { image, collisions: collisions === '-' ? null : Number(collisions) }
  },
}

type Taint = { readonly key: string; readonly value?: string; readonly effect: string }
export const noSchedule = (key: string, value = ''): Taint => ({ key, value, effect: 'NoSchedule' })
export const noExecute = (key: string, value = ''): Taint => ({ key, value, effect: 'NoExecute' })

export type NodeChange = {
  readonly labels?: Labels
  readonly taints?: readonly Taint[]
  readonly conditions?: { readonly [type: string]: string }
  readonly unschedulable?: boolean
  readonly allocatable?: Labels
}

export function node(name: string, change: NodeChange = {}): Manifest {
  const { labels = {}, taints = [], conditions = { Ready: 'True' }, unschedulable, allocatable = {} } = change
  return {
    kind: 'Node',
    metadata: { name, labels },
    spec: { taints: taints as readonly JsonObject[], ...(unschedulable ? { unschedulable } : {}) },
    status: {
      allocatable,
      conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })),
    },
  }
}

/** node-0, node-1, …; `change` for those from `from` on. */
export function nodes(count: number, change: (index: number) => NodeChange = () => ({})): Manifest[] {
  return Array.from({ length: count }, (_, index) => node(`node-${index}`, change(index)))
}

export type Strategy = {
  readonly type: string
  readonly rollingUpdate?: { readonly maxUnavailable?: number | string; readonly maxSurge?: number | string }
}
export const onDelete: Strategy = { type: 'OnDelete' }
export const rolling = (maxUnavailable: number | string, maxSurge: number | string = 0): Strategy => ({
  type: 'RollingUpdate',
  rollingUpdate: { maxUnavailable, maxSurge },
})
export const surging = (maxSurge: number | string): Strategy => rolling(0, maxSurge)

export type TemplateChange = {
  readonly labels?: Labels
  readonly image?: string
  readonly finalizers?: readonly string[]
  /** More of the pod's spec: nodeSelector, affinity, tolerations, nodeName, hostNetwork. */
  readonly spec?: JsonObject
}

export function template({ labels = l1, image = 'foo/bar', finalizers, spec = {} }: TemplateChange = {}): JsonObject {
  return {
    metadata: { labels, ...(finalizers ? { finalizers } : {}) },
    spec: { containers: [{ name: 'main', image, resources: {} }], restartPolicy: 'Always', ...spec },
  }
}

export type DaemonSetChange = TemplateChange & {
  readonly name?: string
  readonly strategy?: Strategy
  readonly selector?: JsonObject | null
  readonly minReadySeconds?: number
  readonly historyLimit?: number
  readonly metadata?: Partial<Metadata>
}

/** The fixture of the reference: selector and template labels L1, history limit 2. */
export function daemonSet(change: DaemonSetChange = {}): Manifest {
  const { name = 'ds', strategy = rolling(1), selector = { matchLabels: l1 }, historyLimit = 2 } = change
  return {
    kind: 'DaemonSet',
    metadata: { name, namespace: 'default', ...change.metadata },
    spec: {
      ...(selector === null ? {} : { selector }),
      template: template(change),
      updateStrategy: strategy as JsonObject,
      revisionHistoryLimit: historyLimit,
      ...(change.minReadySeconds === undefined ? {} : { minReadySeconds: change.minReadySeconds }),
    },
  }
}

export const ownedBy = (name: string, uid = ''): OwnerReference => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  name,
  uid,
  controller: true,
})

export type PodChange = {
  readonly labels?: Labels
  /** null: an orphan. */
  readonly owner?: OwnerReference | null
  /** Label of the template generation it was made from; null: none. */
  readonly generation?: number | null
  readonly hash?: string
  readonly phase?: string
  /** Ready, and for how many seconds; false: not ready. */
  readonly ready?: number | false
  readonly ageSeconds?: number
  readonly terminating?: boolean
  readonly finalizers?: readonly string[]
  readonly namespace?: string
}

/** A pod of the DaemonSet's present template, bound to a node, running and not ready. */
export function pod(name: string, boundTo: string | null, change: PodChange = {}): Aged {
  const { owner = ownedBy('ds'), generation = 1, ready = false, finalizers = [] } = change
  const labels = {
    ...(change.labels ?? l1),
    ...(generation === null ? {} : { [generationLabel]: String(generation) }),
    ...(change.hash === undefined ? {} : { [hashLabel]: change.hash }),
  }
  const condition = {
    type: 'Ready',
    status: ready === false ? 'False' : 'True',
    ageSeconds: ready === false ? 0 : ready,
  }
  return {
    kind: 'Pod',
    metadata: {
      name,
      namespace: change.namespace ?? 'default',
      labels,
      ...(owner === null ? {} : { ownerReferences: [owner] }),
      ...(finalizers.length > 0 ? { finalizers } : {}),
      ...(change.terminating ? { deletionTimestamp: '@now' } : {}),
    },
    spec: boundTo === null ? {} : { nodeName: boundTo },
    status: { phase: change.phase ?? 'Running', conditions: [condition] },
    ageSeconds: change.ageSeconds ?? 0,
  }
}

/** A pod that no scheduler binds, aimed at a node as the controller aims its pods (spec §1.8). */
export function unboundPod(name: string, target: string, change: PodChange = {}): Aged {
  const bound = pod(name, null, { phase: 'Pending', ...change })
  const affinity = requiredAffinity([{ matchFields: [is('metadata.name', 'In', target)] }])
  return { ...bound, spec: { schedulerName: 'nobody', affinity } }
}

/** Several pods of one node, the first one the oldest. */
export function podsOn(nodeName: string, count: number, change: PodChange = {}, prefix = 'pod'): Aged[] {
  return Array.from({ length: count }, (_, index) =>
    pod(`${prefix}-${nodeName}-${index}`, nodeName, { ageSeconds: 100 - index, ...change }),
  )
}

export const is = (key: string, operator: string, ...values: string[]): JsonObject => ({
  key,
  operator,
  ...(values.length > 0 ? { values } : {}),
})

/** A pod's affinity with this required node affinity. `null`: the block is there, its terms are not. */
export function requiredAffinity(terms: readonly JsonObject[] | null): JsonObject {
  const required = terms === null ? {} : { nodeSelectorTerms: terms }
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } }
}

export type RevisionChange = {
  readonly of?: TemplateChange
  readonly data?: JsonObject
  readonly labels?: Labels
  readonly owner?: OwnerReference | null
  readonly namespace?: string
}

/** A ControllerRevision of a template, as some controller wrote it before. */
export function revision(name: string, number: number, change: RevisionChange = {}): Manifest {
  const { owner = ownedBy('ds'), labels = { ...l1, [hashLabel]: name.replace(/^ds-/, '') } } = change
  return {
    kind: 'ControllerRevision',
    metadata: {
      name,
      namespace: change.namespace ?? 'default',
      labels,
      ...(owner === null ? {} : { ownerReferences: [owner] }),
    },
    data: change.data ?? { spec: { template: { $patch: 'replace', ...template(change.of) } } },
    revision: number,
  }
}

/** `@now` is now; `ageSeconds` of a condition is its last transition. */
export function dated(value: Json, now: number): Json {
  if (value === '@now') return new Date(now).toISOString()
  if (Array.isArray(value)) return value.map(item => dated(item as Json, now))
  if (!isObject(value)) return value
  const { ageSeconds, ...rest } = value
  const members = Object.entries(rest).map(([key, member]) => [key, dated(member, now)])
  if (typeof ageSeconds === 'number')
    members.push(['lastTransitionTime', new Date(now - ageSeconds * 1000).toISOString()])
  return Object.fromEntries(members)
}
