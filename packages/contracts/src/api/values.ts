import { z } from 'zod'

/** Values that all answers share, and the parameters that all questions share. */

/** An instant: RFC 3339, UTC, milliseconds. Bodies of recorded events and facts keep their own form (ms since 1970). */
export const instantSchema = z.iso
  .datetime({ precision: 3 })
  .meta({ id: 'Instant', example: '2026-01-01T12:00:00.000Z' })

/** A position in the stream of one cluster. */
export const positionSchema = z.int().nonnegative()

/** What a question says about time: RFC 3339 with any offset. */
export const timeParameter = z.iso.datetime({
  offset: true,
  error: 'must be a time such as 2026-01-01T12:00:00Z',
})

/** Items of one page at most. */
export const pageLimitMax = 1_000
export const pageLimitDefault = 100

export const limitParameter = z.coerce
  .number({ error: `must be a whole number from 1 to ${pageLimitMax}` })
  .int({ error: `must be a whole number from 1 to ${pageLimitMax}` })
  .min(1, { error: `must be a whole number from 1 to ${pageLimitMax}` })
  .max(pageLimitMax, { error: `must be a whole number from 1 to ${pageLimitMax}` })
  .default(pageLimitDefault)
  .describe('Items of one page.')

export const cursorParameter = z
  .string()
  .optional()
  .describe('`next` (`older`, `newer`) of the page before; goes with the very same other parameters only.')

export const textParameter = (about: string) =>
  z.string().min(1, { error: 'must not be empty' }).optional().describe(about)

/** A parameter that may be repeated: one of the values must fit. */
export const severalParameter = (about: string) =>
  z
    .preprocess(
      value => (typeof value === 'string' ? [value] : value),
      z.array(z.string().min(1, { error: 'must not be empty' })).max(100, { error: 'may be given 100 times at most' }),
    )
    .optional()
    .describe(`${about} May be repeated.`)

export const clusterParameter = severalParameter('Only these clusters. Without it: all.')

/** A Kubernetes label selector, for example `disk=ssd,zone in (a,b),!spot`. */
export const labelSelectorParameter = (labelsOf: string) =>
  textParameter(`A Kubernetes label selector over ${labelsOf}, for example \`disk=ssd,zone in (a,b),!spot\`.`)

/**
 * One page. Pages are cut by keys that never change: what is there throughout is told exactly once, however much is
 * written meanwhile.
 */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    /** Cursor of the next page; null: this was the last. */
    next: z.string().nullable(),
  })

/** The beginning of a cluster's record that was taken out of the database. */
export const archivedSchema = z
  .object({
    cluster: z.string(),
    /** The last position of it, and when that was. */
    lastPosition: positionSchema,
    lastAt: instantSchema,
    /** Where it is: a folder, or `s3://BUCKET/PREFIX`. */
    place: z.string(),
  })
  .meta({ id: 'Archived' })
export type Archived = z.infer<typeof archivedSchema>

/** When the record of a cluster begins. */
export const recordBeginsSchema = z
  .object({ cluster: z.string(), recordBegins: instantSchema })
  .meta({ id: 'RecordBegins' })
export type RecordBegins = z.infer<typeof recordBeginsSchema>

/**
 * A page of something that grows at its end. Items stand oldest first. Without a cursor it is the newest page.
 */
export const windowOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    /** Cursor of the page before these items; null: the record begins here. */
    older: z.string().nullable(),
    /** Cursor of what comes behind these items: asked again later, it tells what has come meanwhile. */
    newer: z.string(),
    /** Nothing stood behind these items when they were read. */
    atEnd: z.boolean(),
    /** Where `older` is null, but the record does not begin here: what of it is archived. */
    archived: z.array(archivedSchema).optional(),
  })

export type Page<T> = { items: T[]; next: string | null }
export type Window<T> = {
  items: T[]
  older: string | null
  newer: string
  atEnd: boolean
  archived?: Archived[] | undefined
}
