import { sql } from 'drizzle-orm'
import { bigint, date, index, integer, pgTable, primaryKey, smallint, text } from 'drizzle-orm/pg-core'
import { bytea, instant, position } from './column-types.ts'

/**
 * The permanent record, append-only, partitioned by `day` (`migrations/0006`). Columns are ordered by alignment: a row costs less so. No foreign key to
 * `streams`: its check would cost more than the rest of the insert, and the writer holds the stream's row locked.
 */
export const ledger = pgTable(
  'ledger',
  {
    position: position('position').notNull(),
    /** `at` of the event, or of the decision point. */
    at: instant('at').notNull(),
    /** `streams.id`. */
    stream: integer('stream').notNull(),
    /** 0: the event that has this position; 1, 2, …: the decision points after it. */
    seq: smallint('seq').notNull(),
    /** How `body` is packed: see `ledger/body.ts`. */
    encoding: smallint('encoding').notNull(),
    /**
     * UTC day of the stream's time: of the largest `at` up to this row. It never goes back within a stream, so the partitions
     * by day cut each stream into stretches that follow one another.
     */
    day: date('day').notNull(),
    /** Type of the event; `DecisionPoint` for a decision point. */
    type: text('type').notNull(),
    /** Chain hash: see `ledger/chain.ts`. */
    hash: bytea('hash').notNull(),
    /** Canonical JSON, packed. */
    body: bytea('body').notNull(),
    /** Which object it is about, for finding its story: see `ledger/subjects.ts`. Not part of the chain. */
    subject: bigint('subject', { mode: 'bigint' }),
  },
  table => [
    primaryKey({ name: 'ledger_pkey', columns: [table.stream, table.position, table.seq, table.day] }),
    index('ledger_of_subject').on(table.stream, table.subject, table.position).where(sql`subject is not null`),
  ],
)
