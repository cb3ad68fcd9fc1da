import type { Statement } from '../../sql/statement.ts'
import type { NamesOf } from '../audit-store.ts'
import { isAnyOf, isOpen } from './page.ts'

/** More do not help whoever looks for a name that is like his own. */
const namesMax = 10_000

type Namespaced = { readonly cluster: string; readonly namespace: string | null }

/** Names of one kind; `among` null: all, up to `namesMax`, else those of these that are there. */
type Asked<Of> = Of & { readonly among: readonly string[] | null }

const names = <Of>(
  kind: NamesOf['kind'],
  { column, from, values }: { column: string; from: string; values: (of: Of) => unknown[] },
): Statement<Asked<Of>, string> => ({
  name: `audit_${kind.toLowerCase()}_names`,
  text: `
    select distinct ${column} as name from ${from}
    and ${isAnyOf(column, '$1')}
    order by name
    limit case when $1::text[] is null then ${namesMax} end`,
  values: asked => [asked.among, ...values(asked)],
  row: columns => columns.name,
})

const namespaced = ({ cluster, namespace }: Namespaced) => [cluster, namespace]

export const clusterNames = names<object>('cluster', {
  column: 'cluster',
  from: 'streams where true',
  values: () => [],
})

export const nodeNames = names<{ readonly cluster: string }>('node', {
  column: 'name',
  from: 'nodes where cluster = $2',
  values: ({ cluster }) => [cluster],
})

export const daemonSetNames = names<Namespaced>('daemonSet', {
  column: 'name',
  from: 'daemonsets where cluster = $2 and ($3::text is null or namespace = $3)',
  values: namespaced,
})

/** Of pods that are there now. */
export const podNames = names<Namespaced>('pod', {
  column: 'pod_name',
  from: `placements p where cluster = $2 and ($3::text is null or daemonset_namespace = $3) and ${isOpen('p')}`,
  values: namespaced,
})
