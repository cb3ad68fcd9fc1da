import type { Statement } from '../../sql/statement.ts'

export const unschedulableNodes: Statement<{ clusters: readonly string[] }, readonly [string, number]> = {
  name: 'audit_unschedulable_nodes',
  text: `
    select cluster, count(*)::int4 as count from nodes
     where cluster = any($1) and gone_at is null and (facts->>'unschedulable')::boolean
     group by cluster`,
  values: ({ clusters }) => [clusters],
  row: ({ cluster, count }) => [cluster, count],
}
