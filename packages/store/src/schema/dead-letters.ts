import { bigint, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { bytea, instant } from './column-types.ts'

/** Records of the log that could not be read, with their bytes and the reason. */
export const deadLetters = pgTable('dead_letters', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  topic: text('topic').notNull(),
  partition: integer('partition').notNull(),
  offset: bigint('log_offset', { mode: 'bigint' }).notNull(),
  key: text('key').notNull(),
  bytes: bytea('bytes').notNull(),
  code: text('code').notNull(),
  reason: text('reason').notNull(),
  recordedAt: instant('recorded_at').notNull().defaultNow(),
})
