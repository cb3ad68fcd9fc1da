import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { watched } from './objects.ts'

/** Projection: the DaemonSets of each cluster, present and gone. */
export const daemonSets = pgTable(
  'daemonsets',
  { ...watched, namespace: text('namespace').notNull(), name: text('name').notNull() },
  table => [
    primaryKey({ name: 'daemonsets_pkey', columns: [table.cluster, table.uid] }),
    index('daemonsets_by_name').on(table.cluster, table.namespace, table.name),
  ],
)
