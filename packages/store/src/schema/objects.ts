import { boolean, jsonb, text } from 'drizzle-orm/pg-core'
import { instant, position } from './column-types.ts'

/** Columns of every projection of a watched object, present and gone. Times are those of events. */
export const watched = {
  cluster: text('cluster').notNull(),
  uid: text('uid').notNull(),
  /** What is kept of it, as last seen. */
  facts: jsonb('facts').notNull(),
  firstPosition: position('first_position').notNull(),
  firstAt: instant('first_at').notNull(),
  lastPosition: position('last_position').notNull(),
  lastAt: instant('last_at').notNull(),
  /** null: it is there. */
  gonePosition: position('gone_position'),
  goneAt: instant('gone_at'),
  /** Its end was not seen, but concluded from a list. */
  inferred: boolean('inferred').notNull(),
}
