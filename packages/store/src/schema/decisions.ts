import { sql } from 'drizzle-orm'
import { bigint, index, integer, jsonb, pgTable, primaryKey, smallint, text } from 'drizzle-orm/pg-core'
import { instant, position } from './column-types.ts'

/** Projection of the ledger's decision points: one row for each DaemonSet and node that something new was decided on. */
export const decisions = pgTable(
  'decisions',
  {
    cluster: text('cluster').notNull(),
    position: position('position').notNull(),
    /** Which decision point of this position: `ledger.seq`. */
    point: smallint('point').notNull(),
    /** Which decision of the point. */
    seq: integer('seq').notNull(),
    at: instant('at').notNull(),
    core: text('core').notNull(),
    daemonSetNamespace: text('daemonset_namespace').notNull(),
    daemonSetName: text('daemonset_name').notNull(),
    daemonSetUid: text('daemonset_uid').notNull(),
    /** null: for the DaemonSet as a whole. */
    node: text('node'),
    verdict: text('verdict'),
    action: text('action').notNull(),
    rule: text('rule').notNull(),
    source: text('source').notNull(),
    facts: jsonb('facts').notNull(),
    causes: bigint('causes', { mode: 'number' }).array().notNull(),
    commands: text('commands').array().notNull(),
  },
  table => [
    primaryKey({ name: 'decisions_pkey', columns: [table.cluster, table.position, table.point, table.seq] }),
    // "Why is there no pod of D on node N": the newest decision of a slot, and its history.
    index('decisions_of_slot').on(table.cluster, table.node, table.daemonSetUid, table.position),
    // Slots in which no pod was to be: few, of all that is decided.
    index('decisions_against').on(table.cluster, table.node, table.daemonSetUid).where(sql`verdict = 'shouldNotRun'`),
    // The story of a DaemonSet, over all its nodes.
    index('decisions_of_daemonset').on(table.daemonSetUid, table.position),
    // What holds a rollout as a whole: few among the many decisions for a DaemonSet as a whole.
    index('decisions_of_rollout')
      .on(table.cluster, table.daemonSetUid, table.position)
      .where(sql`node is null and rule like 'rollout-%'`),
  ],
)
