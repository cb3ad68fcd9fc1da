import type { Json } from '@rollcall/contracts'

/** A Kubernetes object as its manifest has it; what a scenario leaves out, the API server of its world fills in. */
export type Manifest = {
  readonly kind: Kind
  readonly metadata: Metadata
  readonly spec?: JsonObject
  readonly status?: JsonObject
  /** ControllerRevision only. */
  readonly data?: JsonObject
  readonly revision?: number
}

export type JsonObject = { readonly [key: string]: Json }
export type Labels = { readonly [key: string]: string }
export type Kind = 'Node' | 'Pod' | 'DaemonSet' | 'ControllerRevision'

export type OwnerReference = {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  /** Empty: the uid of the object of that kind and name, as the world knows it when the manifest is put there. */
  readonly uid: string
  readonly controller?: boolean
}

export type Metadata = {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Labels
  readonly annotations?: Labels
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
}

export const hashLabel = 'controller-revision-hash'
export const generationLabel = 'pod-template-generation'
export const templateGeneration = 'deprecated.daemonset.template.generation'

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value at a path of members and indexes; undefined where the path ends early. */
export function at(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let found: Json | undefined = value
  for (const step of path) {
    if (typeof step === 'number') found = Array.isArray(found) ? found[step] : undefined
    else found = isObject(found) && Object.hasOwn(found, step) ? found[step] : undefined
  }
  return found
}

export const specOf = (object: Manifest | undefined): JsonObject => object?.spec ?? {}
export const statusOf = (object: Manifest | undefined): JsonObject => object?.status ?? {}
export const controllerOf = ({ metadata }: Manifest): OwnerReference | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller === true)

/** Where a pod belongs: bound there, or aimed there by its affinity (spec §1.9). */
export function nodeOf(pod: Manifest): string | null {
  const bound = at(pod.spec, 'nodeName')
  if (typeof bound === 'string' && bound !== '') return bound
  const terms = at(
    pod.spec,
    'affinity',
    'nodeAffinity',
    'requiredDuringSchedulingIgnoredDuringExecution',
    'nodeSelectorTerms',
  )
  const node = at(terms, 0, 'matchFields', 0, 'values', 0)
  return typeof node === 'string' ? node : null
}

export const phaseOf = (pod: Manifest): string => String(at(pod.status, 'phase') ?? '')
export const isTerminal = (pod: Manifest): boolean => ['Failed', 'Succeeded'].includes(phaseOf(pod))
export const isTerminating = ({ metadata }: Manifest): boolean => metadata.deletionTimestamp !== undefined

export function isReady(pod: Manifest): boolean {
  const conditions = at(pod.status, 'conditions')
  if (!Array.isArray(conditions)) return false
  return conditions.some(condition => at(condition, 'type') === 'Ready' && at(condition, 'status') === 'True')
}

/** RFC 7386: what is null goes, objects are merged, anything else is replaced. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch
  const merged: Record<string, Json> = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}
