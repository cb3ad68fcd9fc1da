import type { Statement } from '../../sql/statement.ts'

/** A slot whose standing decision asks for a change. */
export type OpenDecision = {
  readonly namespace: string
  readonly daemonSet: string
  readonly node: string
  readonly action: 'create' | 'delete'
  readonly rule: string
  /** Since when it stands, in ms since 1970. */
  readonly at: number
}

const openMax = 1_000

/** The last decision of every slot of what is there now, as far as it is about a change and old enough. */
export const openDecisions: Statement<{ cluster: string; before: number }, OpenDecision> = {
  name: 'audit_open_decisions',
  text: `
    select ds.namespace, ds.name as daemonset, n.name as node, d.action, d.rule, d.at
      from daemonsets ds
      join nodes n on n.cluster = ds.cluster and n.gone_at is null
     cross join lateral (
       select action, rule, at from decisions
        where cluster = ds.cluster and node = n.name and daemonset_uid = ds.uid
        order by position desc, point desc, seq desc
        limit 1
     ) d
     where ds.cluster = $1 and ds.gone_at is null
       and d.action in ('create', 'delete') and d.at <= to_timestamp($2::float8 / 1000)
     order by d.at, ds.namespace, ds.name, n.name
     limit ${openMax}`,
  values: ({ cluster, before }) => [cluster, before],
  row: ({ namespace, daemonset, node, action, rule, at }) => ({
    namespace,
    daemonSet: daemonset,
    node,
    action,
    rule,
    at: (at as Date).getTime(),
  }),
}
