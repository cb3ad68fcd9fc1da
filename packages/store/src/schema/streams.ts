import { integer, pgTable, smallint, text } from 'drizzle-orm/pg-core'
import { bytea, instant, position } from './column-types.ts'

/** One row a cluster: where its stream ends, and what is known of it. Locked by every commit to the stream. */
export const streams = pgTable('streams', {
  /** Short name of the cluster, for the many rows of the ledger. */
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  cluster: text('cluster').notNull().unique(),
  lastPosition: position('last_position').notNull().default(0),
  /** `seq` of the last ledger row. */
  lastSeq: smallint('last_seq').notNull().default(0),
  /** Chain hash of the last ledger row; 32 zero bytes while there is none. */
  headHash: bytea('head_hash').notNull(),
  /** The stream's time: the largest `at` of its events. */
  lastAt: instant('last_at'),
  mode: text('mode'),
  clusterUid: text('cluster_uid'),
  serverVersion: text('server_version'),
  /** The partition of the log that the last commit came from. */
  logGroup: text('log_group').notNull(),
  logTopic: text('log_topic').notNull(),
  logPartition: integer('log_partition').notNull(),
})
