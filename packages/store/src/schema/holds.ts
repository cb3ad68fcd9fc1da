import { sql } from 'drizzle-orm'
import { index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant, position } from './column-types.ts'

/** Projection: deletions that the guard held, and what became of each hold. */
export const holds = pgTable(
  'holds',
  {
    cluster: text('cluster').notNull(),
    id: text('id').notNull(),
    daemonSetNamespace: text('daemonset_namespace').notNull(),
    daemonSetName: text('daemonset_name').notNull(),
    daemonSetUid: text('daemonset_uid').notNull(),
    openedPosition: position('opened_position').notNull(),
    openedAt: instant('opened_at').notNull(),
    /** open, rejected, approved or dissolved. */
    state: text('state').notNull(),
    /** Of its last change. */
    position: position('position').notNull(),
    at: instant('at').notNull(),
    /** As its last decision told them: how many nodes and pods, of how many, and why. */
    facts: jsonb('facts').notNull(),
  },
  table => [
    primaryKey({ name: 'holds_pkey', columns: [table.cluster, table.id] }),
    // Newest first, page by page.
    index('holds_by_time').on(table.openedAt, table.cluster, table.id),
    index('holds_standing').on(table.cluster, table.daemonSetUid).where(sql`state in ('open', 'rejected')`),
  ],
)
