import type { Hold, HoldState } from '@rollcall/contracts/api'
import type { Statement } from '../../sql/statement.ts'
import type { PageKey } from '../audit-store.ts'
import { instant, instantOfMillis } from './columns.ts'
import { isAnyOf, oneMore } from './page.ts'

type Params = {
  readonly clusters: readonly string[] | null
  readonly id: string | null
  readonly states: readonly HoldState[] | null
  readonly daemonSets: readonly string[] | null
  readonly after: PageKey | null
  readonly limit: number
}

type Facts = Partial<Pick<Hold, 'nodes' | 'pods' | 'total' | 'because' | 'causes' | 'sample' | 'by'>> & {
  readonly until?: number | null
}

/** Newest first. How it reaches is told when it is held, who settled it afterwards: both are in its decisions. */
export const selectHolds: Statement<Params, Hold> = {
  name: 'audit_holds',
  text: `
    select
      h.cluster, h.id, h.daemonset_namespace, h.daemonset_name, h.daemonset_uid, h.state, h.opened_at, h.opened_position,
      h.at, h.position, h.facts, held.facts as held_facts
    from holds h
    left join lateral (
      select facts
      from decisions
      where cluster = h.cluster and daemonset_uid = h.daemonset_uid and position >= h.opened_position
        and node is null and rule = 'guard-held' and facts ->> 'hold' = h.id
      order by position desc, point desc, seq desc
      limit 1
    ) held on true
    where ${isAnyOf('h.cluster', '$1')}
      and ($2::text is null or h.id = $2)
      and ${isAnyOf('h.state', '$3')}
      and ${isAnyOf('h.daemonset_name', '$4')}
      and ($5::timestamptz is null or (h.opened_at, h.cluster, h.id) < ($5, $6, $7))
    order by h.opened_at desc, h.cluster desc, h.id desc
    limit $8`,
  values: ({ clusters, id, states, daemonSets, after, limit }) => [
    clusters,
    id,
    states,
    daemonSets,
    after?.[0] ?? null,
    after?.[1] ?? null,
    after?.[2] ?? null,
    oneMore(limit),
  ],
  row: columns => {
    const facts = columns.facts as Facts
    const held = (columns.held_facts ?? {}) as Facts
    const { daemonset_namespace: namespace, daemonset_name: name, daemonset_uid: uid } = columns
    return {
      cluster: columns.cluster,
      id: columns.id,
      daemonSet: { namespace, name, uid },
      state: columns.state,
      openedAt: instant(columns.opened_at),
      openedPosition: Number(columns.opened_position),
      changedAt: instant(columns.at),
      position: Number(columns.position),
      nodes: facts.nodes ?? 0,
      pods: held.pods ?? null,
      total: held.total ?? null,
      because: held.because ?? [],
      causes: held.causes ?? [],
      sample: held.sample ?? [],
      by: facts.by ?? null,
      until: facts.until == null ? null : instantOfMillis(facts.until),
    }
  },
}

export const holdKey = ({ openedAt, cluster, id }: Hold): PageKey => [openedAt, cluster, id]
