import { index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant, position } from './column-types.ts'

/** Projection: what was asked for, by whom. Found by its id, it tells an asker that it is on record. */
export const intents = pgTable(
  'intents',
  {
    cluster: text('cluster').notNull(),
    id: text('id').notNull(),
    position: position('position').notNull(),
    at: instant('at').notNull(),
    type: text('type').notNull(),
    askedBy: text('asked_by').notNull(),
    via: text('via').notNull(),
    /** Its members that are no columns. */
    body: jsonb('body').notNull(),
  },
  table => [
    primaryKey({ name: 'intents_pkey', columns: [table.cluster, table.id] }),
    index('intents_by_position').on(table.cluster, table.position),
  ],
)
