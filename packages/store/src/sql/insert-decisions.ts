import type { DecisionRow } from '../projections/rows.ts'
import { instants, int2s, int4s, int8s, jsons, storableText, texts } from './arrays.ts'
import { statement } from './statement.ts'

/** Arrays within rows travel as array literals: `unnest` would flatten an array of arrays. */
export const insertDecisions = statement<readonly DecisionRow[]>(
  'insert_decisions',
  `
    insert into decisions (
      cluster, position, point, seq, at, core, daemonset_namespace, daemonset_name, daemonset_uid,
      node, verdict, action, rule, source, facts, causes, commands
    )
    select
      cluster, position, point, seq, at, core, daemonset_namespace, daemonset_name, daemonset_uid,
      node, verdict, action, rule, source, facts, causes::int8[], commands::text[]
    from unnest(
      $1::text[], $2::int8[], $3::int2[], $4::int4[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::text[],
      $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::jsonb[], $16::text[], $17::text[]
    ) as new (
      cluster, position, point, seq, at, core, daemonset_namespace, daemonset_name, daemonset_uid,
      node, verdict, action, rule, source, facts, causes, commands
    )`,
  rows => [
    texts(rows.map(({ cluster }) => cluster)),
    int8s(rows.map(({ position }) => position)),
    int2s(rows.map(({ point }) => point)),
    int4s(rows.map(({ seq }) => seq)),
    instants(rows.map(({ at }) => at)),
    texts(rows.map(({ core }) => core)),
    texts(rows.map(({ daemonSet }) => daemonSet.namespace)),
    texts(rows.map(({ daemonSet }) => daemonSet.name)),
    texts(rows.map(({ daemonSet }) => daemonSet.uid)),
    texts(rows.map(({ node }) => node)),
    texts(rows.map(({ verdict }) => verdict)),
    texts(rows.map(({ action }) => action)),
    texts(rows.map(({ reason }) => reason.rule)),
    texts(rows.map(({ reason }) => reason.source)),
    jsons(rows.map(({ reason }) => reason.facts)),
    texts(rows.map(({ causes }) => `{${causes.join(',')}}`)),
    texts(rows.map(({ commands }) => textArrayLiteral(commands))),
  ],
)

function textArrayLiteral(values: readonly string[]): string {
  return `{${values.map(value => `"${storableText(value).replace(/["\\]/g, '\\$&')}"`).join(',')}}`
}
