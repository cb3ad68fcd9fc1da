import type { CommandRow } from '../projections/rows.ts'
import { instants, int2s, int4s, int8s, jsons, texts } from './arrays.ts'
import { statement } from './statement.ts'

/** A command decided twice is one command: its id says so. */
export const insertCommands = statement<readonly CommandRow[]>(
  'insert_commands',
  `
    insert into commands (
      id, cluster, position, point, seq, slot, type, daemonset_namespace, daemonset_name, daemonset_uid,
      node, pod_name, pod_uid, body, issued_at
    )
    select *
    from unnest(
      $1::text[], $2::text[], $3::int8[], $4::int2[], $5::int4[], $6::text[], $7::text[], $8::text[], $9::text[],
      $10::text[], $11::text[], $12::text[], $13::text[], $14::jsonb[], $15::timestamptz[]
    )
    on conflict (id) do nothing`,
  rows => [
    texts(rows.map(({ id }) => id)),
    texts(rows.map(({ cluster }) => cluster)),
    int8s(rows.map(({ position }) => position)),
    int2s(rows.map(({ point }) => point)),
    int4s(rows.map(({ seq }) => seq)),
    texts(rows.map(({ slot }) => slot)),
    texts(rows.map(({ type }) => type)),
    texts(rows.map(({ daemonSet }) => daemonSet.namespace)),
    texts(rows.map(({ daemonSet }) => daemonSet.name)),
    texts(rows.map(({ daemonSet }) => daemonSet.uid)),
    texts(rows.map(({ node }) => node)),
    texts(rows.map(({ podName }) => podName)),
    texts(rows.map(({ podUid }) => podUid)),
    jsons(rows.map(({ body }) => body)),
    instants(rows.map(({ issuedAt }) => issuedAt)),
  ],
)
