import type { Statement } from '../../sql/statement.ts'
import { isOpen } from './page.ts'

const namesMax = 10_000

const names = <Params>(
  name: string,
  text: string,
  values: (params: Params) => unknown[],
): Statement<Params, string> => ({
  name,
  text: `${text} limit ${namesMax}`,
  values,
  row: columns => columns.name,
})

export const clusterNames = names<object>('audit_cluster_names', 'select cluster as name from streams', () => [])

export const nodeNames = names<{ cluster: string }>(
  'audit_node_names',
  'select distinct name from nodes where cluster = $1',
  ({ cluster }) => [cluster],
)

type Namespaced = { readonly cluster: string; readonly namespace: string | null }
const namespaced = ({ cluster, namespace }: Namespaced) => [cluster, namespace]

export const daemonSetNames = names<Namespaced>(
  'audit_daemonset_names',
  'select distinct name from daemonsets where cluster = $1 and ($2::text is null or namespace = $2)',
  namespaced,
)

export const podNames = names<Namespaced>(
  'audit_pod_names',
  `select pod_name as name from placements p where cluster = $1 and ($2::text is null or daemonset_namespace = $2) and ${isOpen('p')}`,
  namespaced,
)
