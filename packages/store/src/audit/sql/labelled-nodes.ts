import type { Requirement } from '@rollcall/contracts'
import type { Statement } from '../../sql/statement.ts'
import { isAnyOf, labelsMatch } from './page.ts'

type Params = {
  readonly cluster: string
  readonly labels: readonly Requirement[]
  readonly nodes: readonly string[] | null
}

/** Of these nodes (null: of all) the names of those with such labels, as last seen. */
export const labelledNodes: Statement<Params, string> = {
  name: 'audit_labelled_nodes',
  text: `
    select name
    from (
      select distinct on (name) name, facts
      from nodes
      where cluster = $1 and ${isAnyOf('name', '$3')}
      order by name, first_position desc
    ) seen
    where ${labelsMatch(`(facts -> 'labels')`, '$2')}`,
  values: ({ cluster, labels, nodes }) => [cluster, JSON.stringify(labels), nodes],
  row: ({ name }) => name,
}
