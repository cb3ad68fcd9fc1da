import { z } from 'zod'
import { commandRecordSchema } from './decision-records.ts'
import { cursorParameter, limitParameter, pageOf } from './values.ts'

/** Commands that were decided on, and of which nothing says yet that they are done. */

export const commandsUnderWayQuerySchema = z.object({ limit: limitParameter, cursor: cursorParameter })
export type CommandsUnderWayQuery = z.infer<typeof commandsUnderWayQuerySchema>

/** `publishedAt` null: it has not even been handed to the executors. */
export const commandUnderWaySchema = commandRecordSchema
  .pick({ id: true, type: true, position: true, issuedAt: true, publishedAt: true, node: true, pod: true })
  .extend({ daemonSet: z.object({ namespace: z.string(), name: z.string(), uid: z.string() }) })
  .meta({ id: 'CommandUnderWay' })
export type CommandUnderWay = z.infer<typeof commandUnderWaySchema>
/** Oldest first. */
export const commandsUnderWayAnswerSchema = pageOf(commandUnderWaySchema).meta({ id: 'CommandsUnderWay' })
