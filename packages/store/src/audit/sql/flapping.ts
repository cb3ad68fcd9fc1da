import type { Statement } from '../../sql/statement.ts'
import type { PageKey } from '../audit-store.ts'
import { isAnyOf } from './page.ts'
import { type SpanParams, spanValues } from './span.ts'

/** Where the span lies in the stream: behind `before`, up to `last`. */
export type Stretch = { readonly stream: number; readonly before: number; readonly last: number }

export type Restless = {
  readonly node: string
  /** Of a node both are empty. */
  readonly namespace: string
  readonly pod: string
  readonly changes: number
}

const objects = {
  nodes: `
      select distinct name as node, '' as namespace, '' as pod
      from nodes
      where cluster = $1 and first_at < $6 and coalesce(gone_at, 'infinity') >= $5 and ${isAnyOf('name', '$4')}
        -- Of nodes there are no namespaces: the parameters are named so that they have a type.
        and ($2::text[] is null or true) and ($3::text[] is null or true)`,
  pods: `
      select distinct node, daemonset_namespace as namespace, pod_name as pod
      from placements
      where cluster = $1 and opened_at < $6 and coalesce(closed_at, 'infinity'::timestamptz) >= $5
        and ${isAnyOf('daemonset_namespace', '$2')} and ${isAnyOf('daemonset_name', '$3')} and ${isAnyOf('node', '$4')}`,
} as const

const subjects = {
  nodes: { type: 'NodeObserved', key: `audit_subject('Node', '', o.node)` },
  pods: { type: 'PodObserved', key: `audit_subject('Pod', o.namespace, o.pod)` },
} as const

/** The ledger holds no heartbeats: each sight is a change. They are counted by the index of subjects, day by day. */
const restless = (of: keyof typeof objects): Statement<SpanParams & Stretch, Restless> => ({
  name: `audit_flapping_${of}`,
  text: `
    with objects as (${objects[of]}
    ),
    counted as (
      select o.*, l.changes
      from objects o
      cross join lateral (
        select count(*)::int as changes
        from ledger
        where stream = $8 and subject = ${subjects[of].key} and position > $9 and position <= $10
          and type = '${subjects[of].type}'
          and day between ($5::timestamptz at time zone 'utc')::date and ($6::timestamptz at time zone 'utc')::date
      ) l
      where l.changes > 0
    )
    select *
    from counted
    where $11::int4 is null or (-changes, node, namespace, pod) > ($11, $12::text, $13::text, $14::text)
    order by -changes, node, namespace, pod
    limit $7`,
  values: params => [
    ...spanValues(params),
    params.stream,
    params.before,
    params.last,
    ...(params.after ?? [null, null, null, null]),
  ],
  row: ({ node, namespace, pod, changes }) => ({ node, namespace, pod, changes }),
})

export const selectRestless = { nodes: restless('nodes'), pods: restless('pods') } as const

export const restlessKey = ({ changes, node, namespace, pod }: Restless): PageKey => [-changes, node, namespace, pod]
