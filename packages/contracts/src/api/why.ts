import { z } from 'zod'
import { reasonSchema } from '../decisions.ts'
import { commandRecordSchema, decisionRecordSchema } from './decision-records.ts'
import { nodeSchema } from './objects.ts'
import { placementSchema } from './placements.ts'
import { instantSchema, positionSchema, severalParameter } from './values.ts'

/** A decision that issued a command, and that command. */
const actSchema = z.object({
  command: commandRecordSchema,
  /** null: the decision is older than the record. */
  decision: decisionRecordSchema.nullable(),
})

/** One pod's story: who wanted it and why, what became of it, what ended it. All from the record. */
export const podStorySchema = z
  .object({
    /** The DaemonSet and node it is, or was to be, for. */
    daemonSet: z.object({ namespace: z.string(), name: z.string(), uid: z.string() }),
    node: z.string().nullable(),
    /** null: it was decided on, but no such pod has been seen. */
    placement: placementSchema.nullable(),
    /** null: it is not one of ours: others created it. */
    created: actSchema.nullable(),
    /** The command that ended it, or shall end it; null: nothing of ours does. `placement.closed.cause` tells the rest. */
    ended: actSchema.nullable(),
    /** The decision that stands for its DaemonSet on its node. */
    standing: decisionRecordSchema.nullable(),
  })
  .meta({ id: 'PodStory' })
export type PodStory = z.infer<typeof podStorySchema>

export const whyPodAnswerSchema = z
  .object({
    cluster: z.string(),
    namespace: z.string(),
    name: z.string(),
    /** Newest first: a name may have been used again. Never empty. */
    stories: z.array(podStorySchema).min(1),
  })
  .meta({ id: 'WhyPod' })
export type WhyPodAnswer = z.infer<typeof whyPodAnswerSchema>

export const whyNodeQuerySchema = z.object({
  namespace: severalParameter('Only DaemonSets of these namespaces.'),
  daemonSet: severalParameter('Only DaemonSets of these names.'),
})
export type WhyNodeQuery = z.infer<typeof whyNodeQuerySchema>

/** Where one DaemonSet stands on the node. */
export const slotStandingSchema = z
  .object({
    daemonSet: z.object({ namespace: z.string(), name: z.string(), uid: z.string() }),
    /** The DaemonSet is gone: what is told is how it ended. */
    gone: z.boolean(),
    /** The decision that stands: the last that is recorded for this DaemonSet on this node. */
    decision: decisionRecordSchema.nullable(),
    /** No decision is on record for it here; then `decision` is null. */
    noDecision: z.boolean(),
    /**
     * What holds the rollout of the present template as a whole, where a pod there waits for it, and since when; null: nothing does.
     */
    rollout: z.object({ reason: reasonSchema, at: instantSchema, position: positionSchema }).nullable(),
    /** Its pods there now. */
    placements: z.array(placementSchema),
    /** When its last pod there ended; null: it has one now, or never had. */
    lastPlacement: placementSchema.nullable(),
  })
  .meta({ id: 'SlotStanding' })
export type SlotStanding = z.infer<typeof slotStandingSchema>

export const whyNodeAnswerSchema = z
  .object({
    cluster: z.string(),
    /** null: the node was never seen, only named by pods or decisions. */
    node: nodeSchema.nullable(),
    /** By namespace and name. DaemonSets that are gone are told only when they are asked for by name. */
    slots: z.array(slotStandingSchema),
  })
  .meta({ id: 'WhyNode' })
export type WhyNodeAnswer = z.infer<typeof whyNodeAnswerSchema>
