import { sql } from 'drizzle-orm'
import { index, integer, jsonb, pgTable, smallint, text } from 'drizzle-orm/pg-core'
import { instant, position } from './column-types.ts'

/** Projection of the commands that were decided and what became of them; with `published_at` also the outbox. */
export const commands = pgTable(
  'commands',
  {
    id: text('id').primaryKey(),
    cluster: text('cluster').notNull(),
    position: position('position').notNull(),
    point: smallint('point').notNull(),
    /** Which command of the decision point. */
    seq: integer('seq').notNull(),
    slot: text('slot').notNull(),
    type: text('type').notNull(),
    daemonSetNamespace: text('daemonset_namespace').notNull(),
    daemonSetName: text('daemonset_name').notNull(),
    daemonSetUid: text('daemonset_uid').notNull(),
    node: text('node'),
    podName: text('pod_name'),
    podUid: text('pod_uid'),
    /** Its members that are no columns: with those it is the whole command. */
    body: jsonb('body').notNull(),
    issuedAt: instant('issued_at').notNull(),
    /** Wall clock, and no projection: when it was handed to the log. */
    publishedAt: instant('published_at'),
    settledPosition: position('settled_position'),
    settledAt: instant('settled_at'),
    /** null though settled: no outcome came, the watched object showed it done. */
    settledResult: text('settled_result'),
    settledAttempts: integer('settled_attempts'),
    settledAnswer: jsonb('settled_answer'),
  },
  table => [
    // The outbox: short, because it is set within moments. `settled_position` is not part of it, so that settling a
    // command changes no index.
    index('commands_unpublished')
      .on(table.cluster, table.position, table.point, table.seq)
      .where(sql`published_at is null`),
    // "Why is there no pod of this name": the command may have come to nothing.
    index('commands_of_pod').on(table.podName, table.cluster).where(sql`pod_name is not null`),
  ],
)
