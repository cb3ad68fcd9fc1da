import { integer, pgTable, primaryKey, smallint, text } from 'drizzle-orm/pg-core'
import { bytea, instant, position } from './column-types.ts'

/** Signed statements of where the chains stood, append-only: see `checkpoints/checkpoint.ts`. */
export const checkpoints = pgTable(
  'checkpoints',
  {
    /** `streams.id`. */
    stream: integer('stream').notNull(),
    /** The last ledger row that it covers. */
    position: position('position').notNull(),
    seq: smallint('seq').notNull(),
    head: bytea('head').notNull(),
    at: instant('at').notNull(),
    /** Digest of the stream's checkpoint before this. */
    previous: bytea('previous').notNull(),
    /** `checkpoint_keys.id`. */
    key: text('key').notNull(),
    signature: bytea('signature').notNull(),
  },
  table => [primaryKey({ name: 'checkpoints_pkey', columns: [table.stream, table.position, table.seq] })],
)

/** Public keys that have signed, so that they can be found; whoever wants proof brings them from elsewhere. */
export const checkpointKeys = pgTable('checkpoint_keys', {
  id: text('id').primaryKey(),
  /** PEM. */
  publicKey: text('public_key').notNull(),
  firstAt: instant('first_at').notNull(),
})
