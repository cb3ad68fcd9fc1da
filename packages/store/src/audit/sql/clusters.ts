import type { Cluster } from '@rollcall/contracts/api'
import type { Statement } from '../../sql/statement.ts'
import type { PageKey } from '../audit-store.ts'
import { instant, instantOrNull } from './columns.ts'
import { isAnyOf, isOpen, oneMore } from './page.ts'

type Params = { readonly clusters: readonly string[] | null; readonly after: PageKey | null; readonly limit: number }

/** Clusters by name, with what is recorded of each. */
export const selectClusters: Statement<Params, Cluster> = {
  name: 'audit_clusters',
  text: `
    select
      s.cluster, s.cluster_uid, s.server_version, s.mode, m.mode_requests, s.last_position, s.last_at,
      n.nodes, n.nodes_ready, d.daemonsets, p.pods, p.pods_ready, w.watch
    from (
      select *
      from streams
      where ${isAnyOf('cluster', '$1')} and ($2::text is null or cluster > $2)
      order by cluster
      limit $3
    ) s
    cross join lateral (
      select coalesce(jsonb_agg(jsonb_build_object('position', position, 'mode', mode) order by position), '[]') as mode_requests
      from (
        select position, body ->> 'mode' as mode
        from intents
        where cluster = s.cluster and type = 'ModeRequested'
        order by position desc
        limit 100
      ) newest
    ) m
    cross join lateral (
      select
        count(*)::int as nodes,
        (count(*) filter (where facts -> 'conditions' @> '[{"type":"Ready","status":"True"}]'))::int as nodes_ready
      from nodes
      where cluster = s.cluster and gone_at is null
    ) n
    cross join lateral (
      select count(*)::int as daemonsets from daemonsets where cluster = s.cluster and gone_at is null
    ) d
    cross join lateral (
      select count(*)::int as pods, (count(*) filter (where ready))::int as pods_ready
      from placements o
      where o.cluster = s.cluster and ${isOpen('o')}
    ) p
    cross join lateral (
      select coalesce(
        jsonb_agg(
          jsonb_build_object(
            'kind', kind,
            'resourceVersion', resource_version,
            'movedAt', floor(extract(epoch from moved_at) * 1000)
          )
          order by kind
        ),
        '[]'
      ) as watch
      from watch_positions
      where cluster = s.cluster
    ) w
    order by s.cluster`,
  values: ({ clusters, after, limit }) => [clusters, after?.[0] ?? null, oneMore(limit)],
  row: columns => ({
    name: columns.cluster,
    uid: columns.cluster_uid,
    version: columns.server_version,
    mode: columns.mode,
    modeRequests: columns.mode_requests,
    position: Number(columns.last_position),
    lastEventAt: instantOrNull(columns.last_at),
    nodes: { total: columns.nodes, ready: columns.nodes_ready },
    daemonSets: columns.daemonsets,
    pods: { total: columns.pods, ready: columns.pods_ready },
    watch: columns.watch.map((reached: { kind: string; resourceVersion: string; movedAt: number }) => ({
      ...reached,
      movedAt: instant(new Date(reached.movedAt)),
    })),
  }),
}
