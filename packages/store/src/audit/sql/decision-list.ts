import type { DecisionEntry } from '@rollcall/contracts/api'
import type { Statement } from '../../sql/statement.ts'
import type { PageKey } from '../audit-store.ts'
import { decisionOf } from './decisions.ts'
import { isAnyOf, oneMore } from './page.ts'

type Params = {
  readonly cluster: string
  readonly namespaces: readonly string[] | null
  readonly daemonSets: readonly string[] | null
  readonly nodes: readonly string[] | null
  readonly rules: readonly string[] | null
  /** The last position asked for; null: the end. */
  readonly until: number | null
  /** `position`, `point`, `seq` of the last decision of the page before; of the first page what is just before all that is asked for. */
  readonly after: readonly [number, number, number]
  readonly limit: number
}

export type DecisionEntryRow = { readonly decision: DecisionEntry; readonly key: PageKey }

/** Decisions of a cluster in their order: a range of the primary key, whatever else is asked. */
export const selectDecisions: Statement<Params, DecisionEntryRow> = {
  name: 'audit_decisions',
  text: `
    select *
    from decisions
    where cluster = $1
      and (position, point, seq) > ($7, $8::int2, $9::int4) and ($6::int8 is null or position <= $6)
      and ${isAnyOf('daemonset_namespace', '$2')} and ${isAnyOf('daemonset_name', '$3')} and ${isAnyOf('node', '$4')}
      and ${isAnyOf('rule', '$5')}
    order by position, point, seq
    limit $10`,
  values: ({ cluster, namespaces, daemonSets, nodes, rules, until, after, limit }) => [
    cluster,
    namespaces,
    daemonSets,
    nodes,
    rules,
    until,
    ...after,
    oneMore(limit),
  ],
  row: row => ({
    key: [Number(row.position), row.point, row.seq],
    decision: { ...decisionOf(row), causes: row.causes.map(Number), commands: row.commands },
  }),
}
