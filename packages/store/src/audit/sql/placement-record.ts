import type { Placement } from '@rollcall/contracts/api'
import type { QueryResultRow } from 'pg'
import { instant, instantOrNull } from './columns.ts'

/** A row of `placements`, as the API says it. */
export function placementRecord(columns: QueryResultRow): Placement {
  const { ending_command: command, ending_type: type, ending_rule: rule } = columns
  return {
    cluster: columns.cluster,
    namespace: columns.daemonset_namespace,
    daemonSet: { name: columns.daemonset_name, uid: columns.daemonset_uid },
    node: columns.node,
    pod: { name: columns.pod_name, uid: columns.pod_uid },
    revision: columns.revision_hash,
    openedAt: instant(columns.opened_at),
    openedPosition: Number(columns.opened_position),
    openedBy: columns.opened_by,
    provisional: columns.provisional,
    phase: columns.phase,
    ready: columns.ready,
    boundAt: instantOrNull(columns.bound_at),
    readyAt: instantOrNull(columns.ready_at),
    finishedAt: instantOrNull(columns.finished_at),
    terminatingAt: instantOrNull(columns.terminating_at),
    ending: command === null ? null : { command, type, rule },
    closed:
      columns.closed_at === null
        ? null
        : {
            at: instant(columns.closed_at),
            position: Number(columns.closed_position),
            by: columns.closed_by,
            cause: columns.close_cause,
            inferred: columns.inferred,
          },
  }
}
