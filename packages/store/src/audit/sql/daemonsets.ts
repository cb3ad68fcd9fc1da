import type { DaemonSetFacts, Requirement } from '@rollcall/contracts'
import type { DaemonSetRecord } from '@rollcall/contracts/api'
import type { QueryResultRow } from 'pg'
import type { Statement } from '../../sql/statement.ts'
import type { PageKey } from '../audit-store.ts'
import { instantOfMillis, recorded } from './columns.ts'
import { isAnyOf, isOpen, labelsMatch, oneMore } from './page.ts'

type Params = {
  readonly clusters: readonly string[] | null
  readonly namespaces: readonly string[] | null
  readonly names: readonly string[] | null
  readonly labels: readonly Requirement[]
  readonly isPresent: boolean
  readonly after: PageKey | null
  readonly limit: number
}

/** DaemonSets by cluster, namespace, name and uid, with the revision of their present template. */
export const selectDaemonSets: Statement<Params, DaemonSetRecord> = {
  name: 'audit_daemonsets',
  text: `
    select d.*, r.revision, p.pods, p.pods_ready, p.pods_updated
    from (
      select *
      from daemonsets
      where ${isAnyOf('cluster', '$1')}
        and ${isAnyOf('namespace', '$2')}
        and ${isAnyOf('name', '$3')}
        and ${labelsMatch(`(facts -> 'template' -> 'labels')`, '$4')}
        and (not $5 or gone_at is null)
        and ($6::text is null or (cluster, namespace, name, uid) > ($6, $7::text, $8::text, $9::text))
      order by cluster, namespace, name, uid
      limit $10
    ) d
    left join lateral (
      select jsonb_build_object(
        'name', name,
        'number', (facts ->> 'revision')::int8,
        'hash', facts -> 'labels' ->> 'controller-revision-hash'
      ) as revision
      from revisions
      where cluster = d.cluster
        and owner_uid = d.uid
        and gone_at is null
        and facts ->> 'templateDigest' = d.facts -> 'template' ->> 'digest'
      order by (facts ->> 'revision')::int8 desc
      limit 1
    ) r on true
    cross join lateral (
      select
        count(*)::int as pods,
        (count(*) filter (where ready))::int as pods_ready,
        (count(*) filter (where revision_hash = r.revision ->> 'hash'))::int as pods_updated
      from placements o
      where o.cluster = d.cluster and o.daemonset_uid = d.uid and ${isOpen('o')}
    ) p
    order by d.cluster, d.namespace, d.name, d.uid`,
  values: ({ clusters, namespaces, names, labels, isPresent, after, limit }) => [
    clusters,
    namespaces,
    names,
    JSON.stringify(labels),
    isPresent,
    after?.[0] ?? null,
    after?.[1] ?? null,
    after?.[2] ?? null,
    after?.[3] ?? null,
    oneMore(limit),
  ],
  row: daemonSetRecord,
}

function daemonSetRecord(columns: QueryResultRow): DaemonSetRecord {
  const { cluster, namespace, name, uid } = columns
  const { createdAt, deletedAt, generation, annotations, template, updateStrategy, status }: DaemonSetFacts =
    columns.facts
  return {
    cluster,
    namespace,
    name,
    uid,
    createdAt: instantOfMillis(createdAt),
    deletedAt: deletedAt === null ? null : instantOfMillis(deletedAt),
    generation,
    annotations,
    images: template.images,
    nodeSelector: template.nodeSelector,
    updateStrategy,
    revision: columns.revision,
    status,
    pods: { total: columns.pods, ready: columns.pods_ready, updated: columns.pods_updated },
    ...recorded(columns as Parameters<typeof recorded>[0]),
  }
}

export const daemonSetKey = ({ cluster, namespace, name, uid }: DaemonSetRecord): PageKey => [
  cluster,
  namespace,
  name,
  uid,
]
