import type { ObjectRow } from '../projections/rows.ts'
import { bools, instants, int8s, jsons, texts } from './arrays.ts'

/** What the projections of watched objects have in common: columns, their types from `$1` on, and their values. */
export const objectColumns =
  'cluster, uid, facts, first_position, first_at, last_position, last_at, gone_position, gone_at, inferred'

export const objectArrays =
  '$1::text[], $2::text[], $3::jsonb[], $4::int8[], $5::timestamptz[], $6::int8[], $7::timestamptz[], $8::int8[], $9::timestamptz[], $10::bool[]'

/** When it was first seen stays. */
export const objectUpdates = `facts = excluded.facts,
        last_position = excluded.last_position,
        last_at = excluded.last_at,
        gone_position = excluded.gone_position,
        gone_at = excluded.gone_at,
        inferred = excluded.inferred`

export function objectValues(rows: readonly ObjectRow<unknown>[]): Buffer[] {
  return [
    texts(rows.map(({ cluster }) => cluster)),
    texts(rows.map(({ uid }) => uid)),
    jsons(rows.map(({ facts }) => facts)),
    int8s(rows.map(({ firstPosition }) => firstPosition)),
    instants(rows.map(({ firstAt }) => firstAt)),
    int8s(rows.map(({ lastPosition }) => lastPosition)),
    instants(rows.map(({ lastAt }) => lastAt)),
    int8s(rows.map(({ gonePosition }) => gonePosition)),
    instants(rows.map(({ goneAt }) => goneAt)),
    bools(rows.map(({ inferred }) => inferred)),
  ]
}
