import { z } from 'zod'
import { decisionRecordSchema } from './decision-records.ts'
import { cursorParameter, limitParameter, pageOf } from './values.ts'

/** What is otherwise in a cluster than the decisions that stand would have it: what Rollcall changes, or would if it acted there. */

export const outstandingQuerySchema = z.object({ limit: limitParameter, cursor: cursorParameter })
export type OutstandingQuery = z.infer<typeof outstandingQuerySchema>

/** Something to do for one DaemonSet on one node. */
export const outstandingSchema = z
  .object({
    node: z.string(),
    /**
     * `missing`: a pod should run there, and none does or all are being deleted. `unwanted`: pods that are to go, whatever
     * their template. `outdated`: pods of another revision than the present one, replaced as the update strategy says.
     */
    what: z.enum(['missing', 'unwanted', 'outdated']),
    /** The decision that stands there; null: none is on record. */
    decision: decisionRecordSchema.omit({ causes: true, causesTotal: true, commands: true }).nullable(),
    /** The pods that it is about, by name; empty when one is missing. */
    pods: z.array(z.object({ name: z.string(), uid: z.string(), revision: z.string().nullable(), ready: z.boolean() })),
  })
  .meta({ id: 'Outstanding' })
export type Outstanding = z.infer<typeof outstandingSchema>
/** By node. */
export const outstandingAnswerSchema = pageOf(outstandingSchema).meta({ id: 'OutstandingOfDaemonSet' })
