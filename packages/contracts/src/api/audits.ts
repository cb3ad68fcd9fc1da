import { z } from 'zod'
import { decisionRecordSchema } from './decision-records.ts'
import { eventSummarySchema } from './ledger-events.ts'
import { placementSchema } from './placements.ts'
import {
  cursorParameter,
  instantSchema,
  labelSelectorParameter,
  limitParameter,
  pageOf,
  positionSchema,
  severalParameter,
  timeParameter,
  windowOf,
} from './values.ts'

/** Questions of an auditor about one DaemonSet, or about how well nodes were covered. */

const count = z.int().nonnegative()
const millis = z.int().nonnegative()

export const missingQuerySchema = z.object({
  at: timeParameter.optional().describe('As it was then. Without it: as it is now.'),
  nodes: z
    .enum(['expected', 'all'], { error: 'must be expected or all' })
    .default('expected')
    .describe('`expected`: nodes that should run one; `all`: also those that should not, with the reason.'),
  node: severalParameter('Only these nodes.'),
  labelSelector: labelSelectorParameter('the labels of the node, as last seen'),
  rule: severalParameter(
    'Only where the decision that stood followed one of these rules, for example `taint-not-tolerated`.',
  ),
  limit: limitParameter,
  cursor: cursorParameter,
})
export type MissingQuery = z.infer<typeof missingQuerySchema>

/** A node without a pod of the DaemonSet. */
export const missingNodeSchema = z
  .object({
    node: z.string(),
    /** Since when: both were there, and its last pod there was gone. */
    since: instantSchema,
    /** The decision that stood then; null: none was on record. */
    decision: decisionRecordSchema.nullable(),
    /** Its last pod there before; null: there was none. */
    lastPlacement: placementSchema.nullable(),
  })
  .meta({ id: 'MissingNode' })
export type MissingNode = z.infer<typeof missingNodeSchema>

/** Nodes by name. */
export const missingAnswerSchema = pageOf(missingNodeSchema)
  .extend({
    /** uid of the DaemonSet that was there then; null: none was, so nothing is missing. */
    daemonSetUid: z.string().nullable(),
  })
  .meta({ id: 'MissingNodes' })

export const changesQuerySchema = z.object({ limit: limitParameter, cursor: cursorParameter })
export type ChangesQuery = z.infer<typeof changesQuerySchema>
/**
 * Who changed the DaemonSet, and what: first sight, changes of anything but its status, and its end. A page may be short, or
 * empty, though `older` leads on: so many status changes lay between.
 */
export const changesAnswerSchema = windowOf(eventSummarySchema).meta({ id: 'DaemonSetChanges' })

export const coverageQuerySchema = z
  .object({
    namespace: severalParameter('Only DaemonSets of these namespaces.'),
    daemonSet: severalParameter('Only DaemonSets of these names. This, `node`, or both must be given.'),
    node: severalParameter('Only these nodes.'),
    labelSelector: labelSelectorParameter('the labels of the node, as last seen'),
    from: timeParameter.describe('From when on.'),
    to: timeParameter.optional().describe('Until when, that moment excluded. Without it, and at most: now.'),
    limit: limitParameter,
    cursor: cursorParameter,
  })
  .refine(({ daemonSet, node }) => daemonSet !== undefined || node !== undefined, {
    path: ['daemonSet'],
    error: 'or node must be given',
  })
  .refine(({ from, to }) => to === undefined || Date.parse(from) < Date.parse(to), {
    path: ['to'],
    error: 'must be later than `from`',
  })
export type CoverageQuery = z.infer<typeof coverageQuerySchema>

const covered = {
  /** How long a pod was to run. */
  expectedMs: millis,
  /** How long of that none did. */
  uncoveredMs: millis,
  /** Share that was covered, from 0 to 1; null: none was to run. */
  coverage: z.number().min(0).max(1).nullable(),
}

/** Gaps told of one slot at most: the first. */
export const gapsMax = 20

/**
 * How well one DaemonSet covered one node. A pod is expected while the standing decision says `shouldRun`, and node and
 * DaemonSet are there; it covers from when it is first ready until its containers end for good or it is gone. (That it was not
 * ready for a while in between is not part of this: see its story.)
 */
export const slotCoverageSchema = z
  .object({
    daemonSet: z.object({ namespace: z.string(), name: z.string(), uid: z.string() }),
    node: z.string(),
    ...covered,
    gaps: z.array(z.object({ from: instantSchema, to: instantSchema })),
    gapsTotal: count,
  })
  .meta({ id: 'SlotCoverage' })
export type SlotCoverage = z.infer<typeof slotCoverageSchema>

/** By node, namespace and name. */
export const coverageAnswerSchema = pageOf(slotCoverageSchema)
  .extend({
    from: instantSchema,
    to: instantSchema,
    /** The record of this cluster begins here: what was before is not counted. */
    recordBegins: instantSchema,
    /** Of all slots, not of this page only. */
    total: z.object({ slots: count, ...covered }),
  })
  .meta({ id: 'Coverage' })
export type CoverageAnswer = z.infer<typeof coverageAnswerSchema>

export const rolloutsQuerySchema = z
  .object({
    from: timeParameter.optional().describe('Only those whose revision was the newest at some time from here on.'),
    to: timeParameter.optional().describe('Only those that began before this.'),
    limit: limitParameter,
    cursor: cursorParameter,
  })
  .refine(({ from, to }) => from === undefined || to === undefined || Date.parse(from) < Date.parse(to), {
    path: ['to'],
    error: 'must be later than `from`',
  })
export type RolloutsQuery = z.infer<typeof rolloutsQuerySchema>

/** Nodes told of one rollout at most: the slowest. */
export const slowNodesMax = 5

/**
 * One revision on its way over the nodes that had a pod of an earlier one (the first: over the nodes that were there). Nodes that
 * join later are no part of it.
 */
export const rolloutSchema = z
  .object({
    /** Hash of the revision; null: the pods carry none. */
    revision: z.string().nullable(),
    startedAt: instantSchema,
    startedPosition: positionSchema,
    /** Every node had a ready pod of it, and none of an earlier one; null: not so, or not before the next began. */
    finishedAt: instantSchema.nullable(),
    durationMs: millis.nullable(),
    state: z.enum(['finished', 'inProgress', 'superseded']),
    nodes: z.object({ total: count, done: count }),
    /** Its pods, those made later included; `failed`: ended without ever being ready. */
    pods: z.object({ total: count, failed: count }),
    /** The nodes that were done last, or are not; `tookMs` null: not yet. */
    slowest: z.array(z.object({ node: z.string(), tookMs: millis.nullable() })),
  })
  .meta({ id: 'Rollout' })
export type Rollout = z.infer<typeof rolloutSchema>
/** Newest first. */
export const rolloutsAnswerSchema = pageOf(rolloutSchema).meta({ id: 'Rollouts' })
