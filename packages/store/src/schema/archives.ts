import { date, integer, pgTable, primaryKey, smallint, text } from 'drizzle-orm/pg-core'
import { bytea, instant, position } from './column-types.ts'

/** Stretches of streams that lie in an archive: one for each stream and partition of the ledger. */
export const archives = pgTable(
  'archives',
  {
    /** `streams.id`. */
    stream: integer('stream').notNull(),
    /** Name of the partition that it was. */
    partition: text('partition').notNull(),
    /** First day (UTC) that the partition no longer held. */
    before: date('before').notNull(),
    firstPosition: position('first_position').notNull(),
    /** The last ledger row in it, its hash, and when that was. */
    position: position('position').notNull(),
    seq: smallint('seq').notNull(),
    head: bytea('head').notNull(),
    at: instant('at').notNull(),
    /** Where it lies, as it was named: a folder, or `s3://bucket/prefix`. */
    place: text('place').notNull(),
    archivedAt: instant('archived_at').notNull(),
    /** null: its rows are in the database, too. */
    droppedAt: instant('dropped_at'),
  },
  table => [primaryKey({ name: 'archives_pkey', columns: [table.stream, table.partition] })],
)
