import { z } from 'zod'
import { placementSchema } from './placements.ts'
import { isLater, later, span, told } from './span.ts'
import { instantSchema, pageOf } from './values.ts'

/** Questions of an auditor about a whole cluster over a span of time. */

const count = z.int().nonnegative()
const millis = z.int().nonnegative()

const daemonSetName = z.object({ namespace: z.string(), name: z.string(), uid: z.string() })

export const diffQuerySchema = z.object(span).refine(isLater, later)
export type DiffQuery = z.infer<typeof diffQuerySchema>

/** Something that is otherwise at the end of the span than at its beginning. What came and went in between is not told. */
export const differenceSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('node'), node: z.string(), change: z.enum(['added', 'removed', 'replaced']) }),
    z.object({ kind: z.literal('daemonSet'), daemonSet: daemonSetName, change: z.enum(['added', 'removed']) }),
    z.object({
      kind: z.literal('placement'),
      node: z.string(),
      daemonSet: daemonSetName,
      /** Its pods there then; empty: none. */
      before: z.array(z.object({ pod: z.string(), uid: z.string(), revision: z.string().nullable() })),
      after: z.array(z.object({ pod: z.string(), uid: z.string(), revision: z.string().nullable() })),
    }),
  ])
  .meta({ id: 'Difference' })
export type Difference = z.infer<typeof differenceSchema>
/** Nodes, DaemonSets, then placements by node and DaemonSet. */
export const diffAnswerSchema = pageOf(differenceSchema).extend(told).meta({ id: 'Diff' })

export const misplacedQuerySchema = z
  .object({
    ...span,
    overMs: z.coerce
      .number({ error: 'must be a number of milliseconds' })
      .int({ error: 'must be a number of milliseconds' })
      .min(0, { error: 'must be a number of milliseconds' })
      .default(0)
      .describe('Only for longer than this: to end a pod takes its time.'),
  })
  .refine(isLater, later)
export type MisplacedQuery = z.infer<typeof misplacedQuerySchema>

/** A pod on a node while the standing decision said that it should not be there. */
export const misplacedSchema = z
  .object({ placement: placementSchema, misplacedMs: millis, from: instantSchema, to: instantSchema, rule: z.string() })
  .meta({ id: 'Misplaced' })
export type Misplaced = z.infer<typeof misplacedSchema>
/** By node and opening. */
export const misplacedAnswerSchema = pageOf(misplacedSchema).extend(told).meta({ id: 'MisplacedPods' })

export const churnQuerySchema = z.object(span).refine(isLater, later)
export type ChurnQuery = z.infer<typeof churnQuerySchema>

/** How often pods of one DaemonSet came on one node. */
export const churnSchema = z
  .object({
    node: z.string(),
    daemonSet: daemonSetName,
    /** Pods that came in the span. */
    pods: count,
    /** Of these, ended without ever being ready. */
    neverReady: count,
    /** The shortest life of those that ended; null: none has. */
    shortestMs: millis.nullable(),
    /** Why they ended, and how many; pods that ended in the span. */
    causes: z.record(z.string(), count),
  })
  .meta({ id: 'Churn' })
export type Churn = z.infer<typeof churnSchema>
/** The most restless first. */
export const churnAnswerSchema = pageOf(churnSchema).extend(told).meta({ id: 'ChurnOfSlots' })
