import { z } from 'zod'
import { reasonSchema } from '../decisions.ts'
import { askedBySchema } from '../events.ts'
import {
  clusterParameter,
  cursorParameter,
  instantSchema,
  limitParameter,
  pageOf,
  positionSchema,
  severalParameter,
  textParameter,
} from './values.ts'

export const holdStateSchema = z.enum(['open', 'rejected', 'approved', 'dissolved'])
export type HoldState = z.infer<typeof holdStateSchema>

/** Deletions that the guard held. */
export const holdSchema = z
  .object({
    cluster: z.string(),
    /** By this it is approved or rejected. */
    id: z.string(),
    daemonSet: z.object({ namespace: z.string(), name: z.string(), uid: z.string() }),
    /** `open`: waits for somebody. `rejected`: its pods stay. `approved`: they may go. `dissolved`: its cause is undone. */
    state: holdStateSchema,
    openedAt: instantSchema,
    openedPosition: positionSchema,
    /** Of its last change. */
    changedAt: instantSchema,
    position: positionSchema,
    /** How far it reaches: nodes and pods it holds (when it was last told), of how many pods. */
    nodes: z.int().nonnegative(),
    pods: z.int().nonnegative().nullable(),
    total: z.int().nonnegative().nullable(),
    /** Why nodes no longer suit, most frequent first. */
    because: z.array(z.object({ rule: z.string(), nodes: z.int(), facts: reasonSchema.shape.facts })),
    /** Positions of the first events that led to it. */
    causes: z.array(positionSchema),
    /** A few of its nodes. */
    sample: z.array(z.string()),
    /** Who settled it; null: nobody has. */
    by: askedBySchema.nullable(),
    /** Rejected until then; null: not for a time. */
    until: instantSchema.nullable(),
  })
  .meta({ id: 'Hold' })
export type Hold = z.infer<typeof holdSchema>

export const holdsQuerySchema = z.object({
  cluster: clusterParameter,
  hold: textParameter('Only the hold of this id.'),
  state: z
    .preprocess(value => (typeof value === 'string' ? [value] : value), z.array(holdStateSchema))
    .optional()
    .describe('Only holds in this state. May be repeated. Without it: all.'),
  daemonSet: severalParameter('Only of DaemonSets of this name.'),
  limit: limitParameter,
  cursor: cursorParameter,
})
export type HoldsQuery = z.infer<typeof holdsQuerySchema>
export const holdsAnswerSchema = pageOf(holdSchema).meta({ id: 'Holds' })
