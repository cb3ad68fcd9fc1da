import type { Cluster } from '@rollcall/contracts/api'
import { CliError } from '../errors.ts'
import { didYouMean } from '../near.ts'
import { shortDuration } from '../output/duration.ts'
import { printList } from '../output/format.ts'
import { type Column, oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { type QueryOptions, scopeOf } from './scope.ts'

/** `rollcall get clusters [NAME…]` */
export async function getClusters(names: readonly string[], options: QueryOptions, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  const known = await scope.client.all('clusters', {})
  const wanted = new Set(names.length > 0 ? names : scope.clusters)
  for (const name of wanted) {
    if (!known.some(cluster => cluster.name === name)) {
      const names = known.map(cluster => cluster.name)
      throw new CliError(
        'notFound',
        `there is no cluster ${name} on record`,
        didYouMean(name, names) ?? 'see rollcall get clusters',
      )
    }
  }
  const rows = wanted.size > 0 ? known.filter(({ name }) => wanted.has(name)) : known
  await printList({ rows, columns: clusterColumns(ports.now()), what: 'clusters' }, scope.format, ports)
}

const share = ({ ready, total }: { readonly ready: number; readonly total: number }): string => `${ready}/${total}`

export const clusterColumns = (now: number): Column<Cluster>[] => [
  { title: 'NAME', cell: ({ name }) => oneLine(name) },
  { title: 'MODE', cell: ({ mode }) => mode ?? '<unknown>' },
  { title: 'VERSION', cell: ({ version }) => oneLine(version ?? '<unknown>') },
  { title: 'NODES', cell: ({ nodes }) => share(nodes) },
  { title: 'DAEMONSETS', cell: ({ daemonSets }) => String(daemonSets) },
  { title: 'PODS', cell: ({ pods }) => share(pods) },
  { title: 'POSITION', cell: ({ position }) => String(position) },
  {
    title: 'LAST EVENT',
    cell: ({ lastEventAt }) => (lastEventAt === null ? '<none>' : shortDuration(now - Date.parse(lastEventAt))),
  },
  { title: 'UID', cell: ({ uid }) => uid ?? '<unknown>', isWide: true },
  {
    title: 'WATCHED',
    cell: ({ watch }) => watch.map(({ kind, resourceVersion }) => `${kind}@${resourceVersion}`).join(',') || '<none>',
    isWide: true,
  },
]
