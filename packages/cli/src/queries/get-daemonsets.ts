import type { DaemonSetRecord } from '@rollcall/contracts/api'
import { shortDuration } from '../output/duration.ts'
import { printList } from '../output/format.ts'
import { type Column, oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import type { GetOptions } from './get-nodes.ts'
import { namespacesOf, type Scope, scopeOf, splitName, unknownName } from './scope.ts'

/** `rollcall get daemonsets [[NAMESPACE/]NAME…]` */
export async function getDaemonSets(names: readonly string[], options: GetOptions, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  const query = {
    cluster: scope.clusters,
    labelSelector: options.selector,
    presence: options.gone ? 'all' : 'current',
  } as const
  let rows: DaemonSetRecord[]
  if (names.length === 0) {
    rows = await scope.client.all('daemonSets', { ...query, namespace: scope.namespaces })
  } else {
    rows = []
    for (const written of new Set(names)) {
      const found = await scope.client.all('daemonSets', {
        ...query,
        namespace: namespacesOf(written, scope),
        name: [splitName(written).name],
      })
      if (found.length === 0) throw await unknownDaemonSet(written, scope)
      rows.push(...found)
    }
  }
  await printList({ rows, columns: daemonSetColumns(ports.now()), what: 'DaemonSets' }, scope.format, ports)
}

/** Where a DaemonSet of that name is, or was. @throws CliError when there is none */
export async function daemonSetsNamed(
  written: string,
  scope: Scope,
): Promise<{ readonly cluster: string; readonly namespace: string; readonly name: string }[]> {
  const { name } = splitName(written)
  const asked = { cluster: scope.clusters, namespace: namespacesOf(written, scope), name: [name] }
  const found = await scope.client.all('daemonSets', { ...asked, presence: 'all' })
  if (found.length === 0) throw await unknownDaemonSet(written, scope)
  const places = found.map(
    ({ cluster, namespace }) => [`${cluster} ${namespace}`, { cluster, namespace, name }] as const,
  )
  return [...new Map(places).values()]
}

export async function unknownDaemonSet(written: string, scope: Scope): Promise<Error> {
  const known = await scope.client.all('daemonSets', { cluster: scope.clusters })
  const isQualified = splitName(written).namespace !== null
  const names = known.map(({ namespace, name }) => (isQualified ? `${namespace}/${name}` : name))
  return unknownName('DaemonSet', written, scope, names, 'rollcall get daemonsets')
}

export const selectorText = (labels: Readonly<Record<string, string>>): string =>
  oneLine(
    Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(',') || '<none>',
  )

/** A DaemonSet as it is listed, now or as of an earlier moment. */
type DaemonSetRow = Omit<DaemonSetRecord, 'firstSeenAt' | 'lastChangedAt' | 'lastPosition' | 'goneAt' | 'inferred'> & {
  readonly goneAt?: string | null
}

export const daemonSetColumns = (now: number): Column<DaemonSetRow>[] => [
  { title: 'CLUSTER', cell: ({ cluster }) => oneLine(cluster) },
  { title: 'NAMESPACE', cell: ({ namespace }) => oneLine(namespace) },
  { title: 'NAME', cell: ({ name, goneAt = null }) => oneLine(name) + (goneAt === null ? '' : ' (gone)') },
  { title: 'DESIRED', cell: ({ status }) => String(status.desiredNumberScheduled) },
  { title: 'CURRENT', cell: ({ status }) => String(status.currentNumberScheduled) },
  { title: 'READY', cell: ({ status }) => String(status.numberReady) },
  { title: 'UP-TO-DATE', cell: ({ status }) => String(status.updatedNumberScheduled) },
  { title: 'AVAILABLE', cell: ({ status }) => String(status.numberAvailable) },
  { title: 'AGE', cell: ({ createdAt }) => shortDuration(now - Date.parse(createdAt)) },
  { title: 'MISSCHEDULED', cell: ({ status }) => String(status.numberMisscheduled), isWide: true },
  { title: 'NODE SELECTOR', cell: ({ nodeSelector }) => selectorText(nodeSelector), isWide: true },
  { title: 'UPDATES', cell: ({ updateStrategy }) => strategyText(updateStrategy), isWide: true },
  {
    title: 'REVISION',
    cell: ({ revision }) => (revision === null ? '<none>' : `${revision.number} (${revision.name})`),
    isWide: true,
  },
  { title: 'IMAGES', cell: ({ images }) => oneLine(images.join(',')), isWide: true },
]

function strategyText({ type, maxUnavailable, maxSurge }: DaemonSetRecord['updateStrategy']): string {
  if (type !== 'RollingUpdate') return type
  return maxSurge !== null && Number.parseInt(String(maxSurge), 10) > 0
    ? `RollingUpdate, maxSurge ${maxSurge}`
    : `RollingUpdate, maxUnavailable ${maxUnavailable ?? 1}`
}
