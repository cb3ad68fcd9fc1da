import { z } from 'zod'
import { type Event, eventSchemas, modeSchema } from '../events.ts'
import { instantSchema, positionSchema } from './values.ts'

/** What can be asked for. Every intent goes to the log of its cluster, and is answered when it has come back with a position. */
export type IntentRoute = {
  readonly method: 'post'
  readonly path: string
  readonly summary: string
  readonly params: z.ZodObject
  readonly body: z.ZodObject
}

/** An event of the family `intent`. */
export type IntentEvent = Extract<Event, { readonly intent: string }>
export type IntentType = IntentEvent['type']

/** Every type of intent, for questions about them. */
export const intentTypes = Object.entries(eventSchemas)
  .filter(([, schema]) => 'intent' in schema.shape)
  .map(([type]) => type as IntentType)

/** An intent that is on record. */
export const intentSchema = z
  .object({
    cluster: z.string(),
    /** The idempotency key that was sent, or one that the auditor made. */
    intent: z.string(),
    type: z.string(),
    position: positionSchema,
    at: instantSchema,
    user: z.string(),
    /** The program through which it was asked. */
    via: z.string(),
  })
  .meta({ id: 'Intent' })
export type Intent = z.infer<typeof intentSchema>

/**
 * Header that makes asking twice asking once: the second request is answered with the intent of the first. At most 64
 * letters, digits, `.`, `_` and `-`.
 */
export const idempotencyKeyHeader = 'idempotency-key'
export const idempotencyKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, { error: 'must be at most 64 letters, digits, `.`, `_` and `-`' })

const route = <R extends IntentRoute>(definition: R): R => definition
const clusterParam = { cluster: z.string().describe('Name of the cluster.') }

/** Every route of the auditor that asks for something. */
export const intentRoutes = {
  requestMode: route({
    method: 'post',
    path: '/api/v1/clusters/{cluster}/mode',
    summary: 'Ask that Rollcall act in this cluster, or only watch it',
    params: z.object(clusterParam),
    body: z.object({ mode: modeSchema }),
  }),
  approveHold: route({
    method: 'post',
    path: '/api/v1/clusters/{cluster}/holds/{hold}/approval',
    summary: 'What this hold keeps may be deleted',
    params: z.object({ ...clusterParam, hold: z.string() }),
    body: z.object({
      /** `position` of the hold as whoever approves saw it: what it was given later stays. Without it: as it is on record now. */
      position: positionSchema.nullable().default(null),
    }),
  }),
  rejectHold: route({
    method: 'post',
    path: '/api/v1/clusters/{cluster}/holds/{hold}/rejection',
    summary: 'What this hold keeps stays: for a time, or for as long as the cause lasts',
    params: z.object({ ...clusterParam, hold: z.string() }),
    body: z.object({
      /** Milliseconds; null: for as long as the cause lasts. */
      forMs: z.int().positive().nullable(),
    }),
  }),
} as const

export type IntentRouteName = keyof typeof intentRoutes
export type IntentParamsOf<N extends IntentRouteName> = z.output<(typeof intentRoutes)[N]['params']>
export type IntentBodyOf<N extends IntentRouteName> = z.input<(typeof intentRoutes)[N]['body']>

/** What an intent is written from: its event without what every intent has. */
export type IntentContent = {
  [T in IntentType]: Omit<Extract<IntentEvent, { type: T }>, 'cluster' | 'at' | 'intent' | 'askedBy'>
}[IntentType]
