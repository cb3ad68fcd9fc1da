import { z } from 'zod'

/**
 * What is kept of a Kubernetes object, written down once. A modification that changes none of this (but
 * `resourceVersion`) is a heartbeat: the watcher drops it. Nothing here can hold a secret, except as a digest.
 *
 * All times are milliseconds since the Unix epoch; absent is `null`, never `undefined`, so that facts have one form.
 */

const millis = z.int().nonnegative()
const labels = z.record(z.string(), z.string())

/** The four kinds Rollcall watches. */
export const kindSchema = z.enum(['Node', 'Pod', 'DaemonSet', 'ControllerRevision'])
export type Kind = z.infer<typeof kindSchema>
export const kinds: readonly Kind[] = kindSchema.options

/** The controller reference (`controller: true`) of a pod or revision. Other owners are not kept. */
export const ownerSchema = z.object({ apiVersion: z.string(), kind: z.string(), name: z.string(), uid: z.string() })
export type Owner = z.infer<typeof ownerSchema>

export const taintSchema = z.object({ key: z.string(), value: z.string(), effect: z.string() })
export type Taint = z.infer<typeof taintSchema>

/** One node condition: its status and since when. Heartbeat times, reasons and messages are not kept. */
export const nodeConditionSchema = z.object({ type: z.string(), status: z.string(), since: millis.nullable() })

export const nodeFactsSchema = z.object({
  name: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  createdAt: millis,
  deletedAt: millis.nullable(),
  labels,
  taints: z.array(taintSchema),
  unschedulable: z.boolean(),
  conditions: z.array(nodeConditionSchema),
})
export type NodeFacts = z.infer<typeof nodeFactsSchema>

export const podFactsSchema = z.object({
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  createdAt: millis,
  deletedAt: millis.nullable(),
  labels,
  owner: ownerSchema.nullable(),
  /** Value of the annotation `rollcall.dev/command`: the command that created it. */
  commandId: z.string().nullable(),
  /** `spec.nodeName`: where it is bound. */
  nodeName: z.string().nullable(),
  /** The node its required affinity names (spec §1.9 rule 2); null when there is not exactly one. */
  target: z.string().nullable(),
  phase: z.string(),
  ready: z.boolean(),
  /** `lastTransitionTime` of the Ready condition. */
  readySince: millis.nullable(),
  /** `status.reason`, for example `Evicted` or `OutOfcpu`. */
  reason: z.string().nullable(),
  /**
   * Restarts of the container that has most, rounded down to one of `restartSteps`: a crash loop must not flood the log. (Of all
   * containers together in records before core 4.)
   */
  restarts: z.int().nonnegative(),
  /**
   * Why one of its containers does not run, when that does not pass by itself: `CrashLoopBackOff`, `ImagePullBackOff`,
   * `CreateContainerConfigError` and the like. A container that crashed more than once and is not ready counts as in its crash loop.
   */
  trouble: z.string().nullable(),
})
export type PodFacts = z.infer<typeof podFactsSchema>

/** Which numbers of restarts are told apart. */
export const restartSteps: readonly number[] = [0, 1, 2, 3, 5, 10, 20, 50, 100]

/** Matches both label selector and node selector requirements. */
export const requirementSchema = z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()) })
export type Requirement = z.infer<typeof requirementSchema>

export const labelSelectorSchema = z.object({ matchLabels: labels, matchExpressions: z.array(requirementSchema) })
export type LabelSelector = z.infer<typeof labelSelectorSchema>

export const nodeSelectorTermSchema = z.object({
  matchExpressions: z.array(requirementSchema),
  matchFields: z.array(requirementSchema),
})
export type NodeSelectorTerm = z.infer<typeof nodeSelectorTermSchema>

/** A toleration as written: absent fields are empty strings, which mean the same to the API. */
export const tolerationSchema = z.object({
  key: z.string(),
  operator: z.string(),
  value: z.string(),
  effect: z.string(),
  tolerationSeconds: z.number().nullable(),
})
export type Toleration = z.infer<typeof tolerationSchema>

/** What the rules look at in a pod template. The template itself stays in the cluster, in its ControllerRevision. */
export const templateFactsSchema = z.object({
  /** Digest of the untouched template; equal digests mean equal templates (see `templateDigest` in ids.ts). */
  digest: z.string(),
  labels,
  hostNetwork: z.boolean(),
  nodeName: z.string().nullable(),
  nodeSelector: labels,
  /** Terms of `requiredDuringSchedulingIgnoredDuringExecution`; null when there is no required block. */
  affinityTerms: z.array(nodeSelectorTermSchema).nullable(),
  tolerations: z.array(tolerationSchema),
  images: z.array(z.string()),
})
export type TemplateFacts = z.infer<typeof templateFactsSchema>

const count = z.int()
export const daemonSetStatusSchema = z.object({
  observedGeneration: count,
  desiredNumberScheduled: count,
  currentNumberScheduled: count,
  numberMisscheduled: count,
  numberReady: count,
  numberAvailable: count,
  numberUnavailable: count,
  updatedNumberScheduled: count,
  /** Unset and 0 hash differently (spec §1.4), so unset is null. */
  collisionCount: count.nullable(),
})
export type DaemonSetStatus = z.infer<typeof daemonSetStatusSchema>

/** A condition in a status. `since`: its last transition. */
export const conditionSchema = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  message: z.string(),
  since: millis,
})
export type Condition = z.infer<typeof conditionSchema>

/** The conditions of a DaemonSet that Rollcall writes; those of others are neither kept nor touched. */
export const ownConditions = ['Progressing', 'Available', 'Degraded', 'AnnotationsAccepted'] as const

const intOrPercent = z.union([z.int(), z.string()])

export const daemonSetFactsSchema = z.object({
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.int(),
  createdAt: millis,
  deletedAt: millis.nullable(),
  /** Annotation `deprecated.daemonset.template.generation`; null when it is absent or no int64. */
  templateGeneration: z.int().nullable(),
  /** Annotations under `rollcall.dev/` only. */
  annotations: labels,
  /** null: the object has no selector (selects nothing). */
  selector: labelSelectorSchema.nullable(),
  updateStrategy: z.object({
    type: z.string(),
    maxUnavailable: intOrPercent.nullable(),
    maxSurge: intOrPercent.nullable(),
  }),
  minReadySeconds: z.int(),
  revisionHistoryLimit: z.int(),
  template: templateFactsSchema,
  status: daemonSetStatusSchema,
  /** Those of `ownConditions` that stand in its status, in that order. */
  conditions: z.array(conditionSchema),
})
export type DaemonSetFacts = z.infer<typeof daemonSetFactsSchema>

export const revisionFactsSchema = z.object({
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  createdAt: millis,
  deletedAt: millis.nullable(),
  labels,
  owner: ownerSchema.nullable(),
  revision: z.int(),
  /** Digest of the template in `data`; null when `data` is not a DaemonSet's template patch. */
  templateDigest: z.string().nullable(),
  /** The template with every value that can hold a secret replaced by its digest; for people, not for rules. */
  template: z.json().nullable(),
})
export type RevisionFacts = z.infer<typeof revisionFactsSchema>

/**
 * Compares two resourceVersions as the integers they are (KEP-5504): negative when `a` is older.
 * Anything that is no decimal number compares as equal, so it never blocks (spec §3.7).
 */
export function compareResourceVersions(a: string, b: string): number {
  if (!/^[1-9][0-9]*$|^0$/.test(a) || !/^[1-9][0-9]*$|^0$/.test(b)) return 0
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}
