import type { HoldRow } from '../projections/rows.ts'
import { instants, int8s, jsons, texts } from './arrays.ts'
import { statement } from './statement.ts'

/** When it was opened stays. */
export const putHolds = statement<readonly HoldRow[]>(
  'put_holds',
  `
    insert into holds (
      cluster, id, daemonset_namespace, daemonset_name, daemonset_uid, opened_position, opened_at, state, position, at, facts
    )
    select *
    from unnest(
      $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int8[], $7::timestamptz[], $8::text[], $9::int8[],
      $10::timestamptz[], $11::jsonb[]
    )
    on conflict (cluster, id) do update
    set state = excluded.state, position = excluded.position, at = excluded.at, facts = excluded.facts`,
  rows => [
    texts(rows.map(({ cluster }) => cluster)),
    texts(rows.map(({ id }) => id)),
    texts(rows.map(({ daemonSet }) => daemonSet.namespace)),
    texts(rows.map(({ daemonSet }) => daemonSet.name)),
    texts(rows.map(({ daemonSet }) => daemonSet.uid)),
    int8s(rows.map(({ openedPosition }) => openedPosition)),
    instants(rows.map(({ openedAt }) => openedAt)),
    texts(rows.map(({ state }) => state)),
    int8s(rows.map(({ position }) => position)),
    instants(rows.map(({ at }) => at)),
    jsons(rows.map(({ facts }) => facts)),
  ],
)
