import { bigint, customType, timestamp } from 'drizzle-orm/pg-core'

/** Bytes. */
export const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })

/** An instant, for people: computed from the milliseconds of an event, never from a wall clock, in projections. */
export const instant = (name: string) => timestamp(name, { withTimezone: true })

/** A position in a stream. */
export const position = (name: string) => bigint(name, { mode: 'number' })
