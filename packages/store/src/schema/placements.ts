import { sql } from 'drizzle-orm'
import { boolean, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant, position } from './column-types.ts'

/** Projection: one DaemonSet's pod on one node over an interval. Its rules: `projections/placements.ts`. */
export const placements = pgTable(
  'placements',
  {
    cluster: text('cluster').notNull(),
    daemonSetNamespace: text('daemonset_namespace').notNull(),
    daemonSetName: text('daemonset_name').notNull(),
    daemonSetUid: text('daemonset_uid').notNull(),
    node: text('node').notNull(),
    podName: text('pod_name').notNull(),
    podUid: text('pod_uid').notNull(),
    revisionHash: text('revision_hash'),
    openedAt: instant('opened_at').notNull(),
    openedPosition: position('opened_position').notNull(),
    /** The command that created the pod; null: not one of ours. */
    openedBy: text('opened_by'),
    /** Known only by the outcome of its creation so far. */
    provisional: boolean('provisional').notNull(),
    boundAt: instant('bound_at'),
    ready: boolean('ready').notNull(),
    /** When it was first ready. */
    readyAt: instant('ready_at'),
    phase: text('phase').notNull(),
    /** When its containers ended for good (phase Failed or Succeeded), while the pod object stayed. */
    finishedAt: instant('finished_at'),
    /** When it was first seen being deleted. */
    terminatingAt: instant('terminating_at'),
    /** The newest command that shall end it, and why: what `closed_by` will be if nothing comes between. */
    endingCommand: text('ending_command'),
    endingType: text('ending_type'),
    endingRule: text('ending_rule'),
    closedAt: instant('closed_at'),
    closedPosition: position('closed_position'),
    closedBy: text('closed_by'),
    closeCause: text('close_cause'),
    /** The end was not seen, but concluded from a list. */
    inferred: boolean('inferred').notNull(),
  },
  table => [
    primaryKey({ name: 'placements_pkey', columns: [table.cluster, table.podUid, table.openedPosition] }),
    // "What ran on node N at T": `node = N and cluster = C and opened_at <= T and coalesce(closed_at,
    // 'infinity'::timestamptz) > T`. Both ends are in the index, so a long history costs no visits to the table.
    // `cluster` must not come first: while the table is small the planner would take this index for one pod's rows,
    // and read all of the cluster.
    index('placements_on_node').on(
      table.node,
      table.cluster,
      table.openedAt,
      sql`coalesce(closed_at, 'infinity'::timestamptz)`,
    ),
    // "Where ran D at T".
    index('placements_of_daemonset').on(
      table.daemonSetUid,
      table.cluster,
      table.openedAt,
      sql`coalesce(closed_at, 'infinity'::timestamptz)`,
    ),
    // "What runs in C", page by page. Its condition is written so that the commit's own question for open placements
    // (`closed_at is null`) does not meet it: see above.
    index('placements_open')
      .on(table.cluster, table.node, table.openedPosition, table.podUid)
      .where(sql`coalesce(closed_at, 'infinity'::timestamptz) = 'infinity'::timestamptz`),
    // All of a cluster, page by page: an export reads it from end to end.
    index('placements_by_place').on(table.cluster, table.node, table.openedPosition, table.podUid),
    // What came and went between T1 and T2.
    index('placements_came').on(table.cluster, table.openedAt),
    index('placements_went').on(table.cluster, table.closedAt).where(sql`closed_at is not null`),
    index('placements_of_pod').on(table.podName, table.cluster),
  ],
)
