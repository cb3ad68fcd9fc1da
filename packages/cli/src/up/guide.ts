import type { Embedded, EmbeddedCluster, Overview } from '@rollcall/embedded'
import { alignColumns } from '../output/table.ts'
import type { Terminal } from '../terminal.ts'

/** How the command is called on the command lines that it prints. */
export type Invocation = {
  /** `rollcall`, or what stands for it in a checkout. */
  readonly rollcall: string
  /** The data folder, when later commands need it to find this `up`; else null. */
  readonly data: string | null
  /** Where the example manifests are, as seen from the working directory. */
  readonly examples: string
}

/** What runs where. */
export function whereLines(
  embedded: Pick<Embedded, 'dataDir' | 'clusters' | 'auditorUrl'>,
  { paint }: Pick<Terminal, 'paint'>,
): string[] {
  const rows = embedded.clusters.map(({ name, kind, mode, server }) => [
    `  ${name}`,
    kind === 'simulated' ? 'simulated' : 'real',
    mode === 'control' ? 'Rollcall acts' : 'Rollcall only observes',
    server,
  ])
  return [
    paint('bold', 'Clusters'),
    ...alignColumns(rows),
    '',
    ...alignColumns([
      [paint('bold', 'API'), embedded.auditorUrl],
      [paint('bold', 'Data'), `${embedded.dataDir} (log: rollcall.log)`],
    ]),
  ]
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

const kubectlOf = ({ kubeconfig, context }: EmbeddedCluster): string =>
  `kubectl --kubeconfig ${quoted(kubeconfig)}${context === null ? '' : ` --context ${quoted(context)}`}`

/** Lines to copy: what to try next, in another terminal. */
export function tryLines(
  clusters: readonly EmbeddedCluster[],
  overview: Overview,
  node: string | null,
  { rollcall, data, examples }: Invocation,
  { paint }: Pick<Terminal, 'paint'>,
): string[] {
  const first = clusters[0]
  if (!first) return []
  const found = overview.clusters.find(({ cluster }) => cluster.name === first.name)?.daemonSets[0]
  const { namespace, name } = found ?? { namespace: 'logging', name: 'fluentd' }
  const kubectl = kubectlOf(first)
  const find = data === null ? '' : ` --data ${quoted(data)}`
  return [
    paint('bold', 'Try next, in another terminal'),
    ...(first.kind === 'real'
      ? [`  ${kubectl} get daemonsets -A`]
      : [
          `  alias k=${quoted(kubectl)}`,
          '  k get nodes,daemonsets,pods -A -o wide',
          `  k -n ${namespace} set image ds/${name} '*=fluent/fluentd:v1.19-debian-1'`,
          `  k -n ${namespace} rollout status ds/${name}`,
          `  k apply -f ${quoted(`${examples}/storage-daemon.yaml`)}`,
        ]),
    `  ${rollcall} get daemonsets${find}`,
    `  ${rollcall} why node ${node ?? 'NODE'} --cluster ${first.name}${find}`,
    `  ${rollcall} events --follow${find}`,
  ]
}
