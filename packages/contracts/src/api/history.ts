import { z } from 'zod'
import { commandRecordSchema, decisionRecordSchema } from './decision-records.ts'
import { ledgerEventSchema } from './ledger-events.ts'
import { placementSchema } from './placements.ts'
import { cursorParameter, instantSchema, limitParameter, positionSchema, windowOf } from './values.ts'

const place = { position: positionSchema, at: instantSchema }

/** One thing that happened. At one position: the event, outcomes, placements, then decisions. */
export const historyEntrySchema = z
  .discriminatedUnion('kind', [
    /** The object was seen, changed, or gone. */
    z.object({ kind: z.literal('event'), ...place, event: ledgerEventSchema }),
    /** What became of a command. */
    z.object({ kind: z.literal('outcome'), ...place, command: commandRecordSchema }),
    /** A pod appeared on a node, or was gone from it. */
    z.object({ kind: z.literal('opened'), ...place, placement: placementSchema }),
    z.object({ kind: z.literal('closed'), ...place, placement: placementSchema }),
    /** What was decided, with the commands it issued. */
    z.object({ kind: z.literal('decision'), ...place, decision: decisionRecordSchema }),
  ])
  .meta({ id: 'HistoryEntry' })
export type HistoryEntry = z.infer<typeof historyEntrySchema>

export const historyQuerySchema = z.object({
  /** Without it the newest page. */
  limit: limitParameter,
  cursor: cursorParameter,
  start: z
    .enum(['end', 'beginning'], { error: 'must be end or beginning' })
    .default('end')
    .describe('Which page comes without a cursor: the newest (`end`), or the first of the record (`beginning`).'),
})
export type HistoryQuery = z.infer<typeof historyQuerySchema>
export const historyAnswerSchema = windowOf(historyEntrySchema).meta({ id: 'History' })
