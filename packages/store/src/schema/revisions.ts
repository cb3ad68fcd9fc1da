import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { watched } from './objects.ts'

/** Projection: the ControllerRevisions of each cluster, present and gone. */
export const revisions = pgTable(
  'revisions',
  {
    ...watched,
    namespace: text('namespace').notNull(),
    name: text('name').notNull(),
    /** uid of the controller that owns it. */
    ownerUid: text('owner_uid'),
  },
  table => [
    primaryKey({ name: 'revisions_pkey', columns: [table.cluster, table.uid] }),
    index('revisions_of_owner').on(table.cluster, table.ownerUid),
  ],
)
