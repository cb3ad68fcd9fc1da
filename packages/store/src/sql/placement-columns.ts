import type { QueryResultRow } from 'pg'
import type { PlacementRow } from '../projections/rows.ts'

/** Columns of `placements`, in the order of the table. */
export const placementColumns = `cluster, daemonset_namespace, daemonset_name, daemonset_uid, node, pod_name, pod_uid,
      revision_hash, opened_at, opened_position, opened_by, provisional, bound_at, ready, ready_at, phase, finished_at,
      terminating_at, ending_command, ending_type, ending_rule, closed_at, closed_position, closed_by, close_cause, inferred`

export function placementRow(columns: QueryResultRow): PlacementRow {
  return {
    cluster: columns.cluster,
    daemonSetNamespace: columns.daemonset_namespace,
    daemonSetName: columns.daemonset_name,
    daemonSetUid: columns.daemonset_uid,
    node: columns.node,
    podName: columns.pod_name,
    podUid: columns.pod_uid,
    revisionHash: columns.revision_hash,
    openedAt: columns.opened_at.getTime(),
    openedPosition: Number(columns.opened_position),
    openedBy: columns.opened_by,
    provisional: columns.provisional,
    boundAt: millis(columns.bound_at),
    ready: columns.ready,
    readyAt: millis(columns.ready_at),
    phase: columns.phase,
    finishedAt: millis(columns.finished_at),
    terminatingAt: millis(columns.terminating_at),
    endingCommand: columns.ending_command,
    endingType: columns.ending_type,
    endingRule: columns.ending_rule,
    closedAt: millis(columns.closed_at),
    closedPosition: columns.closed_position === null ? null : Number(columns.closed_position),
    closedBy: columns.closed_by,
    closeCause: columns.close_cause,
    inferred: columns.inferred,
  }
}

const millis = (instant: Date | null): number | null => instant?.getTime() ?? null
