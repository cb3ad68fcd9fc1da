import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { watched } from './objects.ts'

/** Projection: the nodes of each cluster, present and gone. */
export const nodes = pgTable('nodes', { ...watched, name: text('name').notNull() }, table => [
  primaryKey({ name: 'nodes_pkey', columns: [table.cluster, table.uid] }),
  index('nodes_by_name').on(table.cluster, table.name),
])
