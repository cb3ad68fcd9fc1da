import { z } from 'zod'
import { conditionSchema, daemonSetStatusSchema, taintSchema } from './facts.ts'

/**
 * A command is one change to one cluster, by reference: it names objects, it does not carry manifests. Its `id` is
 * derived from content and cause (`commandId`), so that doing it twice is doing it once. Commands of one slot are
 * executed in order; all others side by side.
 */
const envelope = {
  cluster: z.string().min(1),
  id: z.string().min(1),
  slot: z.string().min(1),
  /** Position of the decision point that issued it. */
  position: z.int().positive(),
  /** The stream's time at that decision point, ms since the epoch. */
  issuedAt: z.int().nonnegative(),
  /** The DaemonSet it is for. Every command is bound to its uid: an object re-created under the name is another one. */
  daemonSet: z.object({ namespace: z.string(), name: z.string(), uid: z.string() }),
}

const dependent = { name: z.string(), uid: z.string() }

/** In what a pod is to differ from what its template and the reference make of it; null: in nothing. */
const podAskedSchema = z.object({
  /** Keys of automatic tolerations (spec §1.7) that are not added. */
  withoutTolerations: z.array(z.string()),
  /** Which of the DaemonSet's resource overrides it gets: by name, if it still is of this digest. */
  override: z.object({ name: z.string(), digest: z.string() }).nullable(),
})
export type PodAsked = z.infer<typeof podAskedSchema>

export const commandSchemas = {
  /** Create `podName` for `node` from the ControllerRevision `revision` (spec §1.6). */
  CreatePod: z.object({
    type: z.literal('CreatePod'),
    ...envelope,
    node: z.string(),
    podName: z.string(),
    revision: z.object({ name: z.string(), hash: z.string() }),
    /** Label `pod-template-generation`; null: the label is not written. */
    templateGeneration: z.int().nullable(),
    asked: podAskedSchema.nullable(),
  }),
  /** Delete the pod, precondition its uid, with its own grace period. */
  DeletePod: z.object({
    type: z.literal('DeletePod'),
    ...envelope,
    node: z.string().nullable(),
    pod: z.object(dependent),
  }),
  /**
   * Ask for the pod's eviction (policy/v1), precondition its uid: a deletion that PodDisruptionBudgets may refuse. Then it is
   * `refused`, with code 429 and the cause `DisruptionBudget`.
   */
  EvictPod: z.object({
    type: z.literal('EvictPod'),
    ...envelope,
    node: z.string().nullable(),
    pod: z.object(dependent),
  }),
  AdoptPod: z.object({ type: z.literal('AdoptPod'), ...envelope, pod: z.object(dependent) }),
  ReleasePod: z.object({ type: z.literal('ReleasePod'), ...envelope, pod: z.object(dependent) }),
  /** Set the pod's label `controller-revision-hash` (after duplicate revisions were merged, spec §4.7). */
  RelabelPod: z.object({ type: z.literal('RelabelPod'), ...envelope, pod: z.object(dependent), hash: z.string() }),
  /** Create the ControllerRevision of the DaemonSet's present template, if its digest still is `templateDigest`. */
  CreateRevision: z.object({
    type: z.literal('CreateRevision'),
    ...envelope,
    name: z.string(),
    hash: z.string(),
    revision: z.int().positive(),
    templateDigest: z.string(),
  }),
  /** Change a revision's number, its hash label, or both; null leaves it. */
  UpdateRevision: z.object({
    type: z.literal('UpdateRevision'),
    ...envelope,
    revision: z.object(dependent),
    number: z.int().positive().nullable(),
    hash: z.string().nullable(),
  }),
  AdoptRevision: z.object({ type: z.literal('AdoptRevision'), ...envelope, revision: z.object(dependent) }),
  ReleaseRevision: z.object({ type: z.literal('ReleaseRevision'), ...envelope, revision: z.object(dependent) }),
  DeleteRevision: z.object({ type: z.literal('DeleteRevision'), ...envelope, revision: z.object(dependent) }),
  /**
   * Write these status fields; what others wrote into status (conditions) stays. `conditions`: all of ours, null: they are not
   * touched. Version 2 added them.
   */
  WriteStatus: z.object({
    type: z.literal('WriteStatus'),
    ...envelope,
    status: daemonSetStatusSchema,
    conditions: z.array(conditionSchema).nullable(),
  }),
  /**
   * Give the DaemonSet the template of this revision again, as `kubectl rollout undo` does, if its present template's digest
   * still is `templateDigest`.
   */
  RollBack: z.object({
    type: z.literal('RollBack'),
    ...envelope,
    revision: z.object(dependent),
    templateDigest: z.string(),
  }),
  /** Take this taint from the node, if it still is the node of that uid. */
  UntaintNode: z.object({
    type: z.literal('UntaintNode'),
    ...envelope,
    node: z.string(),
    nodeUid: z.string(),
    taint: taintSchema,
  }),
  /** Record a Kubernetes Event on the DaemonSet. Best effort: nothing waits for it. */
  RecordEvent: z.object({
    type: z.literal('RecordEvent'),
    ...envelope,
    eventType: z.enum(['Normal', 'Warning']),
    reason: z.string(),
    message: z.string(),
  }),
}

export type CommandType = keyof typeof commandSchemas
export type CommandOf<T extends CommandType> = z.infer<(typeof commandSchemas)[T]>
export type Command = { [T in CommandType]: CommandOf<T> }[CommandType]

export const commandTypeSchema = z.enum(Object.keys(commandSchemas) as [CommandType, ...CommandType[]])
