import type { AttributionRow } from '../projections/attributions.ts'
import { bigints, instants, int8s, jsons, texts } from './arrays.ts'
import { statement } from './statement.ts'

/** The API server tells some requests twice: the first counts. */
export const insertAttributions = statement<readonly AttributionRow[]>(
  'insert_attributions',
  `
    insert into attributions (
      cluster, audit, position, kind, namespace, name, uid, resource_version, verb, user_name, groups, impersonated_by,
      user_agent, source_ips, requested_at
    )
    select new.cluster, new.audit, new.position, new.kind, new.namespace, new.name, new.uid, new.resource_version, new.verb,
      new.user_name, array(select jsonb_array_elements_text(new.groups)), new.impersonated_by, new.user_agent,
      array(select jsonb_array_elements_text(new.source_ips)), new.requested_at
    from unnest(
      $1::text[], $2::text[], $3::int8[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int8[], $9::text[],
      $10::text[], $11::jsonb[], $12::text[], $13::text[], $14::jsonb[], $15::timestamptz[]
    ) as new (
      cluster, audit, position, kind, namespace, name, uid, resource_version, verb, user_name, groups, impersonated_by,
      user_agent, source_ips, requested_at
    )
    on conflict (cluster, audit) do nothing`,
  rows => [
    texts(rows.map(({ cluster }) => cluster)),
    texts(rows.map(({ audit }) => audit)),
    int8s(rows.map(({ position }) => position)),
    texts(rows.map(({ object }) => object.kind)),
    texts(rows.map(({ object }) => object.namespace)),
    texts(rows.map(({ object }) => object.name)),
    texts(rows.map(({ object }) => object.uid)),
    bigints(rows.map(({ resourceVersion }) => resourceVersion)),
    texts(rows.map(({ verb }) => verb)),
    texts(rows.map(({ user }) => user.name)),
    jsons(rows.map(({ user }) => user.groups)),
    texts(rows.map(({ user }) => user.impersonatedBy)),
    texts(rows.map(({ userAgent }) => userAgent)),
    jsons(rows.map(({ sourceIps }) => sourceIps)),
    instants(rows.map(({ requestedAt }) => requestedAt)),
  ],
)
