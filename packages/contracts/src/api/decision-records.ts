import { z } from 'zod'
import { commandTypeSchema } from '../commands.ts'
import { actionSchema, reasonSchema, verdictSchema } from '../decisions.ts'
import { commandResultSchema } from '../events.ts'
import { eventSummarySchema } from './ledger-events.ts'
import { instantSchema, positionSchema } from './values.ts'

/** A command, and what became of it. */
export const commandRecordSchema = z
  .object({
    id: z.string(),
    type: commandTypeSchema,
    slot: z.string(),
    /** Position of the decision point that issued it. */
    position: positionSchema,
    issuedAt: instantSchema,
    /** When it was handed to the executors; null: not yet. */
    publishedAt: instantSchema.nullable(),
    node: z.string().nullable(),
    pod: z.object({ name: z.string(), uid: z.string().nullable() }).nullable(),
    /** Its further members, by type (see the contracts of commands). */
    body: z.record(z.string(), z.json()),
    /** null: it is under way. */
    settled: z
      .object({
        position: positionSchema,
        at: instantSchema,
        /** null: no outcome came, the watched object showed it done. */
        result: commandResultSchema.nullable(),
        attempts: z.int().nullable(),
        /** The API server's words when it did not simply work. */
        answer: z.object({ code: z.int(), reason: z.string(), cause: z.string(), message: z.string() }).nullable(),
      })
      .nullable(),
    /** It is still being tried: how often so far, and the API server's words. */
    delayed: z.object({ at: instantSchema, attempts: z.int(), message: z.string() }).nullable(),
  })
  .meta({ id: 'CommandRecord' })
export type CommandRecord = z.infer<typeof commandRecordSchema>

/** Causes told of one decision at most. */
export const causesMax = 20

/** A recorded decision. Its reason is data: sentences are made from it by whoever shows it. */
export const decisionRecordSchema = z
  .object({
    cluster: z.string(),
    position: positionSchema,
    /** Since when it stands. */
    at: instantSchema,
    /** Version of the core that decided. */
    core: z.string(),
    daemonSet: z.object({ namespace: z.string(), name: z.string(), uid: z.string() }),
    /** null: for the DaemonSet as a whole. */
    node: z.string().nullable(),
    verdict: verdictSchema.nullable(),
    action: actionSchema,
    reason: reasonSchema,
    /** The events that led here, oldest first: at most 20; `causesTotal` says how many there are. */
    causes: z.array(eventSummarySchema),
    causesTotal: z.int().nonnegative(),
    /** Positions of those that are not told because they are archived, where some are. */
    causesArchived: z.array(positionSchema).optional(),
    commands: z.array(commandRecordSchema),
  })
  .meta({ id: 'DecisionRecord' })
export type DecisionRecord = z.infer<typeof decisionRecordSchema>
