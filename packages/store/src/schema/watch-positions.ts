import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant } from './column-types.ts'

/** Where a watcher of a cluster resumes, by kind. */
export const watchPositions = pgTable(
  'watch_positions',
  {
    cluster: text('cluster').notNull(),
    kind: text('kind').notNull(),
    resourceVersion: text('resource_version').notNull(),
    movedAt: instant('moved_at').notNull().defaultNow(),
  },
  table => [primaryKey({ name: 'watch_positions_pkey', columns: [table.cluster, table.kind] })],
)
