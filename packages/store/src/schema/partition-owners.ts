import { bigint, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant } from './column-types.ts'

/** Who may commit for a partition of the log, and from which offset it goes on. Its row lock is what fences. */
export const partitionOwners = pgTable(
  'partition_owners',
  {
    group: text('consumer_group').notNull(),
    topic: text('topic').notNull(),
    partition: integer('partition').notNull(),
    epoch: bigint('epoch', { mode: 'number' }).notNull(),
    process: text('process').notNull(),
    /** null: nothing was committed yet. */
    nextOffset: bigint('next_offset', { mode: 'bigint' }),
    takenAt: instant('taken_at').notNull().defaultNow(),
  },
  table => [primaryKey({ name: 'partition_owners_pkey', columns: [table.group, table.topic, table.partition] })],
)
