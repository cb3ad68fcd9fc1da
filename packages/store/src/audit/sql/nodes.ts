import type { NodeFacts, Requirement } from '@rollcall/contracts'
import type { NodeRecord } from '@rollcall/contracts/api'
import type { QueryResultRow } from 'pg'
import type { Statement } from '../../sql/statement.ts'
import type { PageKey } from '../audit-store.ts'
import { instantOfMillis, recorded } from './columns.ts'
import { isAnyOf, isOpen, labelsMatch, oneMore } from './page.ts'

type Params = {
  readonly clusters: readonly string[] | null
  readonly names: readonly string[] | null
  readonly labels: readonly Requirement[]
  readonly isPresent: boolean
  readonly after: PageKey | null
  readonly limit: number
}

/** Nodes by cluster, name and uid. */
export const selectNodes: Statement<Params, NodeRecord> = {
  name: 'audit_nodes',
  text: `
    select n.*, p.pods, p.pods_ready
    from (
      select *
      from nodes
      where ${isAnyOf('cluster', '$1')}
        and ${isAnyOf('name', '$2')}
        and ${labelsMatch(`(facts -> 'labels')`, '$3')}
        and (not $4 or gone_at is null)
        and ($5::text is null or (cluster, name, uid) > ($5, $6::text, $7::text))
      order by cluster, name, uid
      limit $8
    ) n
    cross join lateral (
      select count(*)::int as pods, (count(*) filter (where ready))::int as pods_ready
      from placements o
      where o.cluster = n.cluster and o.node = n.name and n.gone_at is null and ${isOpen('o')}
    ) p
    order by n.cluster, n.name, n.uid`,
  values: ({ clusters, names, labels, isPresent, after, limit }) => [
    clusters,
    names,
    JSON.stringify(labels),
    isPresent,
    after?.[0] ?? null,
    after?.[1] ?? null,
    after?.[2] ?? null,
    oneMore(limit),
  ],
  row: nodeRecord,
}

function nodeRecord(columns: QueryResultRow): NodeRecord {
  const { cluster, name, uid } = columns
  const { createdAt, labels, taints, unschedulable, conditions }: NodeFacts = columns.facts
  const ready = conditions.find(({ type }) => type === 'Ready')
  return {
    cluster,
    name,
    uid,
    createdAt: instantOfMillis(createdAt),
    labels,
    taints,
    unschedulable,
    ready: ready ? ready.status === 'True' : null,
    conditions,
    pods: { total: columns.pods, ready: columns.pods_ready },
    ...recorded(columns as Parameters<typeof recorded>[0]),
  }
}

export const nodeKey = ({ cluster, name, uid }: NodeRecord): PageKey => [cluster, name, uid]
