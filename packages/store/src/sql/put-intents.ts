import type { IntentRow } from '../projections/rows.ts'
import { instants, int8s, jsons, texts } from './arrays.ts'
import { statement } from './statement.ts'

/** The same intent twice is one. */
export const putIntents = statement<readonly IntentRow[]>(
  'put_intents',
  `
    insert into intents (cluster, id, position, at, type, asked_by, via, body)
    select *
    from unnest(
      $1::text[], $2::text[], $3::int8[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::jsonb[]
    )
    on conflict (cluster, id) do nothing`,
  rows => [
    texts(rows.map(({ cluster }) => cluster)),
    texts(rows.map(({ id }) => id)),
    int8s(rows.map(({ position }) => position)),
    instants(rows.map(({ at }) => at)),
    texts(rows.map(({ type }) => type)),
    texts(rows.map(({ user }) => user)),
    texts(rows.map(({ via }) => via)),
    jsons(rows.map(({ body }) => body)),
  ],
)
