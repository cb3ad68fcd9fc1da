import type { KubeObject } from '../../objects/object-store.ts'
import type { LabelSelector } from '../labels.ts'
import type { PodTemplate } from '../pod/pod-spec.ts'

// What defaulting and validation look at; an object may have more fields.

export type IntOrPercent = number | string

export type DaemonSetSpec = {
  readonly selector?: LabelSelector
  readonly template?: PodTemplate
  readonly updateStrategy?: {
    readonly type?: string
    readonly rollingUpdate?: { readonly maxUnavailable?: IntOrPercent; readonly maxSurge?: IntOrPercent }
  }
  readonly minReadySeconds?: number
  readonly revisionHistoryLimit?: number
}

export function daemonSetSpec(object: KubeObject): DaemonSetSpec {
  return (object.spec ?? {}) as DaemonSetSpec
}

export const templateGenerationAnnotation = 'deprecated.daemonset.template.generation'

/** Counts the changes of the template. apps/v1 knows it as an annotation only; the server owns it. */
export function templateGenerationOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.[templateGenerationAnnotation] ?? 0)
}
