import type { PlacementRow } from '../projections/rows.ts'
import { bools, instants, int8s, texts } from './arrays.ts'
import { placementColumns } from './placement-columns.ts'
import { statement } from './statement.ts'

export const insertPlacements = statement<readonly PlacementRow[]>(
  'insert_placements',
  `
    insert into placements (${placementColumns})
    select *
    from unnest(
      $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
      $8::text[], $9::timestamptz[], $10::int8[], $11::text[], $12::bool[], $13::timestamptz[], $14::bool[],
      $15::timestamptz[], $16::text[], $17::timestamptz[],
      $18::timestamptz[], $19::text[], $20::text[], $21::text[], $22::timestamptz[], $23::int8[], $24::text[],
      $25::text[], $26::bool[]
    )`,
  rows => [
    texts(rows.map(row => row.cluster)),
    texts(rows.map(row => row.daemonSetNamespace)),
    texts(rows.map(row => row.daemonSetName)),
    texts(rows.map(row => row.daemonSetUid)),
    texts(rows.map(row => row.node)),
    texts(rows.map(row => row.podName)),
    texts(rows.map(row => row.podUid)),
    texts(rows.map(row => row.revisionHash)),
    instants(rows.map(row => row.openedAt)),
    int8s(rows.map(row => row.openedPosition)),
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
