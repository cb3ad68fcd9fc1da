import { integer, pgTable, primaryKey, smallint, text } from 'drizzle-orm/pg-core'
import { bytea, instant, position } from './column-types.ts'

/** States of the core, so that loading a stream need not fold all of it. Kept are those that `sql/drop-old-snapshots.ts` names. */
export const snapshots = pgTable(
  'snapshots',
  {
    /** `streams.id`. */
    stream: integer('stream').notNull(),
    /** The last ledger row that it contains. */
    position: position('position').notNull(),
    seq: smallint('seq').notNull(),
    core: text('core').notNull(),
    fingerprint: text('fingerprint').notNull(),
    /** JSON, compressed with zstd. */
    body: bytea('body').notNull(),
    recordedAt: instant('recorded_at').notNull().defaultNow(),
  },
  table => [primaryKey({ name: 'snapshots_pkey', columns: [table.stream, table.position, table.seq] })],
)
