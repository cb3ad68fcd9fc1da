import { z } from 'zod'
import { commandRecordSchema, decisionRecordSchema } from './decision-records.ts'
import { eventSummarySchema, ledgerEventSchema } from './ledger-events.ts'
import { placementSchema } from './placements.ts'
import { instantSchema, positionSchema, severalParameter } from './values.ts'

/** One step from whoever started it to what became of it. */
export const chainLinkSchema = z
  .discriminatedUnion('kind', [
    /** A change of an object; `attributed` says who asked the API server for it. Or an intent, told whole: who asked Rollcall. */
    z.object({
      kind: z.literal('event'),
      event: z.union([ledgerEventSchema, eventSummarySchema]),
      /** The object was there before the record began, and this is only its first sight: who made it so is not on record. */
      isOlder: z.boolean().optional(),
    }),
    z.object({ kind: z.literal('decision'), decision: decisionRecordSchema }),
    /** With what became of it. */
    z.object({ kind: z.literal('command'), command: commandRecordSchema }),
    z.object({ kind: z.literal('pod'), placement: placementSchema }),
    /** Always the first: what led to the next link is no longer in the database, but in an archive. Decisions, commands and pods stay. */
    z.object({
      kind: z.literal('archived'),
      /** Where in the stream it was. */
      positions: z.array(positionSchema).min(1),
      /** Where it is: a folder, or `s3://BUCKET/PREFIX`. */
      place: z.string(),
    }),
  ])
  .meta({ id: 'ChainLink' })
export type ChainLink = z.infer<typeof chainLinkSchema>

/** Links of one chain at most: beyond, it begins in the middle. */
export const linksMax = 40

/**
 * How something came about: person → API call → object change → decision → command → pod → outcome, oldest first. Of the
 * causes of a decision the one is followed that somebody asked for, else one that a command of Rollcall led to, else the last.
 */
export const chainSchema = z
  .object({
    daemonSet: z.object({ namespace: z.string(), name: z.string(), uid: z.string() }),
    node: z.string().nullable(),
    /** The pod appeared (`opened`), it ended (`closed`), or none is to run (`standing`). */
    what: z.enum(['opened', 'closed', 'standing']),
    at: instantSchema,
    links: z.array(chainLinkSchema).min(1).max(linksMax),
  })
  .meta({ id: 'Chain' })
export type Chain = z.infer<typeof chainSchema>

export const blameNodeQuerySchema = z.object({
  namespace: severalParameter('Only DaemonSets of these namespaces.'),
  daemonSet: severalParameter('Only DaemonSets of these names.'),
})
export type BlameNodeQuery = z.infer<typeof blameNodeQuerySchema>

/** Newest first. */
export const blameAnswerSchema = z.object({ cluster: z.string(), chains: z.array(chainSchema) }).meta({ id: 'Blame' })
export type BlameAnswer = z.infer<typeof blameAnswerSchema>
