import { z } from 'zod'
import { changedBySchema, eventSchemas } from '../events.ts'
import { kindSchema } from '../facts.ts'
import {
  clusterParameter,
  cursorParameter,
  instantSchema,
  limitParameter,
  positionSchema,
  severalParameter,
  textParameter,
  timeParameter,
  windowOf,
} from './values.ts'

export const eventTypeSchema = z.enum(Object.keys(eventSchemas) as [keyof typeof eventSchemas])

/** The object an event is about. */
export const subjectSchema = z.object({
  kind: kindSchema,
  /** Empty for a Node. */
  namespace: z.string(),
  name: z.string(),
})
export type Subject = z.infer<typeof subjectSchema>

/** One member of an object's facts that differs from the sight before, for example `labels.disk`. */
export const changeSchema = z.object({ path: z.string(), before: z.json().nullable(), after: z.json().nullable() })
export type Change = z.infer<typeof changeSchema>

/** The request that made a change, as the API server's audit tells it. */
export const attributionSchema = z
  .object({
    user: z.string(),
    groups: z.array(z.string()),
    /** Who acted under that name; null: nobody else. */
    impersonatedBy: z.string().nullable(),
    /** `create`, `update`, `patch`, `delete`, `deletecollection`, or `evict`. */
    verb: z.string(),
    userAgent: z.string(),
    sourceIps: z.array(z.string()),
    requestedAt: instantSchema,
    /**
     * `exact`: uid and resourceVersion are those of the change, or it is the deletion of this very object. `probable`: the
     * audit's level does not tell them; the last request for a change of that object before it was seen.
     */
    match: z.enum(['exact', 'probable']),
  })
  .meta({ id: 'Attribution' })
export type Attribution = z.infer<typeof attributionSchema>

/** What an event was, in short. */
export const eventSummarySchema = z
  .object({
    cluster: z.string(),
    position: positionSchema,
    at: instantSchema,
    type: eventTypeSchema,
    family: z.enum(['observation', 'outcome', 'intent', 'tick']),
    /** null: it is not about one object. */
    subject: subjectSchema.nullable(),
    /** Who changed the object, as its `managedFields` say; null: that is not known, or it is no such event. */
    by: changedBySchema,
    /** Who asked the API server for it; null: no audit has told (yet). */
    attributed: attributionSchema.nullable(),
    /** What differs from the sight of this object before; null: there was none before, or it is not worked out here. */
    changes: z.array(changeSchema).nullable(),
  })
  .meta({ id: 'EventSummary' })
export type EventSummary = z.infer<typeof eventSummarySchema>

/** A ledger event: in short, and as it is recorded (see the contracts of events; times in it are ms since 1970). */
export const ledgerEventSchema = eventSummarySchema
  .extend({ event: z.looseObject({ type: eventTypeSchema, cluster: z.string(), at: z.int() }) })
  .meta({ id: 'LedgerEvent' })
export type LedgerEvent = z.infer<typeof ledgerEventSchema>

const eventFilters = {
  cluster: clusterParameter,
  type: z
    .preprocess(value => (typeof value === 'string' ? [value] : value), z.array(eventTypeSchema))
    .optional()
    .describe('Only events of these types. May be repeated.'),
  kind: kindSchema.optional().describe('Only events about objects of this kind; needs `name`.'),
  namespace: textParameter('Namespace of the object.'),
  name: textParameter('Only events about the object of this name; needs `kind`.'),
}

const fromParameter = severalParameter(
  'Where to begin: the position behind which events are told, `<cluster>:<position>`, or a plain position with one cluster.',
)

export const eventsQuerySchema = z.object({
  ...eventFilters,
  from: fromParameter,
  since: timeParameter
    .optional()
    .describe(
      'Where to begin: with the first event of then or later. What stands behind it is told, also what a slow clock dated before. Goes without `from`.',
    ),
  limit: limitParameter,
  cursor: cursorParameter,
})
export type EventsQuery = z.infer<typeof eventsQuerySchema>
/** Within a cluster by position; between clusters by time. Without `from` the newest page. */
export const eventsAnswerSchema = windowOf(ledgerEventSchema).meta({ id: 'LedgerEvents' })

/**
 * Server-sent events. `event: ledger` carries a `LedgerEvent`; `event: problem` a `Problem`, after which the stream ends.
 * A comment line comes when nothing else did. The `id` says how far all clusters are: sent as `Last-Event-ID` it goes on
 * from there. It stands on the last event of each batch, so events of a batch that was cut off come again: cluster and
 * position tell them.
 */
export const followQuerySchema = z.object({ ...eventFilters, from: fromParameter })
export type FollowQuery = z.infer<typeof followQuerySchema>
