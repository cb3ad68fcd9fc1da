import type { PlacementRow } from '../projections/rows.ts'
import { bools, instants, int8s, texts } from './arrays.ts'
import { statement } from './statement.ts'

/** Writes what may change in a placement; which pod it is, whose, where and since when stays. */
export const updatePlacements = statement<readonly PlacementRow[]>(
  'update_placements',
  `
    update placements p
    set revision_hash = new.revision_hash,
        opened_by = new.opened_by,
        provisional = new.provisional,
        bound_at = new.bound_at,
        ready = new.ready,
        ready_at = new.ready_at,
        phase = new.phase,
        finished_at = new.finished_at,
        terminating_at = new.terminating_at,
        ending_command = new.ending_command,
        ending_type = new.ending_type,
        ending_rule = new.ending_rule,
        closed_at = new.closed_at,
        closed_position = new.closed_position,
        closed_by = new.closed_by,
        close_cause = new.close_cause,
        inferred = new.inferred
    from unnest(
      $1::text[], $2::text[], $3::int8[], $4::text[], $5::text[], $6::bool[], $7::timestamptz[], $8::bool[],
      $9::timestamptz[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::text[], $14::text[], $15::text[],
      $16::timestamptz[], $17::int8[], $18::text[], $19::text[], $20::bool[]
    ) as new (
      cluster, pod_uid, opened_position, revision_hash, opened_by, provisional, bound_at, ready,
      ready_at, phase, finished_at, terminating_at, ending_command, ending_type, ending_rule,
      closed_at, closed_position, closed_by, close_cause, inferred
    )
    where p.cluster = new.cluster and p.pod_uid = new.pod_uid and p.opened_position = new.opened_position`,
  rows => [
    texts(rows.map(row => row.cluster)),
    texts(rows.map(row => row.podUid)),
    int8s(rows.map(row => row.openedPosition)),
    texts(rows.map(row => row.revisionHash)),
    texts(rows.map(row => row.openedBy)),
    bools(rows.map(row => row.provisional)),
    instants(rows.map(row => row.boundAt)),
    bools(rows.map(row => row.ready)),
    instants(rows.map(row => row.readyAt)),
    texts(rows.map(row => row.phase)),
    instants(rows.map(row => row.finishedAt)),
    instants(rows.map(row => row.terminatingAt)),
    texts(rows.map(row => row.endingCommand)),
    texts(rows.map(row => row.endingType)),
    texts(rows.map(row => row.endingRule)),
    instants(rows.map(row => row.closedAt)),
    int8s(rows.map(row => row.closedPosition)),
    texts(rows.map(row => row.closedBy)),
    texts(rows.map(row => row.closeCause)),
    bools(rows.map(row => row.inferred)),
  ],
)
