import { z } from 'zod'
import { commandSchemas } from './commands.ts'

/**
 * What was decided at one decision point, complete: folding the ledger applies this record and never decides again,
 * so an upgrade cannot change the past. `packages/daemonset` makes and applies it; the ledger keeps it.
 */

/** What a DaemonSet's place on a node deserves (spec §2.1): R = shouldRun, C = shouldContinueRunning. */
export const verdictSchema = z.enum(['shouldRun', 'mayContinue', 'shouldNotRun', 'unknownNode'])
export type Verdict = z.infer<typeof verdictSchema>

/** What follows from it now. `wait` means: something in flight, a back-off, or a budget holds it. */
export const actionSchema = z.enum(['create', 'delete', 'keep', 'wait', 'none', 'other'])
export type DecisionAction = z.infer<typeof actionSchema>

/**
 * Why: the rule (a short code, with its place in the spec) and the facts it looked at. Sentences are made from this
 * in the CLI and the console; nothing is guessed again.
 */
export const reasonSchema = z.object({
  /** For example `taint-not-tolerated`, `node-selector-mismatch`, `duplicate`, `rollout-replace`, `failed-pod-backoff`. */
  rule: z.string(),
  /** For example `§3.3 row 5`. */
  source: z.string(),
  facts: z.record(z.string(), z.json()),
})
export type Reason = z.infer<typeof reasonSchema>

/** The decision for one DaemonSet on one node (`node` null: for the DaemonSet as a whole: revisions, status). */
export const decisionSchema = z.object({
  daemonSet: z.object({ namespace: z.string(), name: z.string(), uid: z.string() }),
  node: z.string().nullable(),
  verdict: verdictSchema.nullable(),
  action: actionSchema,
  reason: reasonSchema,
  /** Positions of the events that led here, ascending. Empty only when the cause lies before the record. */
  causes: z.array(z.int().positive()),
  /** Ids of the commands this decision issued. */
  commands: z.array(z.string()),
})
export type Decision = z.infer<typeof decisionSchema>

/**
 * Bookkeeping that a decision leaves in the state beyond its commands. The core owns the kinds; each is plain data,
 * so that folding it later needs no rule.
 */
export const markSchema = z.object({ kind: z.string() }).catchall(z.json())
export type Mark = z.infer<typeof markSchema>

export const commandSchema = z.discriminatedUnion('type', [
  commandSchemas.CreatePod,
  commandSchemas.DeletePod,
  commandSchemas.EvictPod,
  commandSchemas.AdoptPod,
  commandSchemas.ReleasePod,
  commandSchemas.RelabelPod,
  commandSchemas.CreateRevision,
  commandSchemas.UpdateRevision,
  commandSchemas.AdoptRevision,
  commandSchemas.ReleaseRevision,
  commandSchemas.DeleteRevision,
  commandSchemas.WriteStatus,
  commandSchemas.RollBack,
  commandSchemas.UntaintNode,
  commandSchemas.RecordEvent,
])

export const decisionPointSchema = z.object({
  /** The position after whose event it was decided. */
  position: z.int().nonnegative(),
  /** The stream's time then. */
  at: z.int().nonnegative(),
  /** Version of the core that decided. */
  core: z.string(),
  /** Only what is new: a decision equal to the last recorded one of its slot is not repeated. */
  decisions: z.array(decisionSchema),
  commands: z.array(commandSchema),
  marks: z.array(markSchema),
  /** The earliest time at which it would decide differently with nothing else happening; null: never. */
  wakeAt: z.int().nullable(),
})
export type DecisionPoint = z.infer<typeof decisionPointSchema>
