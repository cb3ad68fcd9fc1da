import type { Rollout } from '@rollcall/contracts/api'
import { localTime, shortDuration } from '../output/duration.ts'
import { printList } from '../output/format.ts'
import { type Column, oneLine } from '../output/table.ts'
import { timeArgument } from '../output/time-argument.ts'
import type { Ports } from '../ports.ts'
import { daemonSetsNamed } from './get-daemonsets.ts'
import { type QueryOptions, scopeOf } from './scope.ts'

export type RolloutOptions = QueryOptions & { readonly from?: string; readonly to?: string }

type Row = Rollout & { readonly cluster: string; readonly namespace: string; readonly daemonSet: string }

/** `rollcall get rollouts [NAMESPACE/]NAME`: how long they took, what failed, which nodes held them up. */
export async function getRollouts(written: string, options: RolloutOptions, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  const query = {
    from: options.from === undefined ? undefined : timeArgument('--from', options.from, ports.now()),
    to: options.to === undefined ? undefined : timeArgument('--to', options.to, ports.now()),
  }
  const rows: Row[] = []
  for (const of of await daemonSetsNamed(written, scope)) {
    const { cluster, namespace, name } = of
    const found = await scope.client.all('rollouts', query, of)
    rows.push(...found.map(rollout => ({ cluster, namespace, daemonSet: name, ...rollout })))
  }
  await printList({ rows, columns: columns(ports.now()), what: `rollouts of ${written}` }, scope.format, ports)
}

const stateWords = { finished: 'finished', inProgress: 'in progress', superseded: 'superseded' } as const

const columns = (now: number): Column<Row>[] => [
  { title: 'CLUSTER', cell: ({ cluster }) => oneLine(cluster) },
  { title: 'NAMESPACE', cell: ({ namespace }) => oneLine(namespace), isWide: true },
  { title: 'REVISION', cell: ({ revision }) => oneLine(revision ?? '-') },
  { title: 'STARTED', cell: ({ startedAt }) => localTime(Date.parse(startedAt)) },
  { title: 'STATE', cell: ({ state }) => stateWords[state] },
  {
    title: 'TOOK',
    cell: ({ durationMs, state, startedAt }) => {
      if (durationMs !== null) return shortDuration(durationMs)
      return state === 'inProgress' ? `${shortDuration(now - Date.parse(startedAt))} so far` : '-'
    },
  },
  { title: 'NODES', cell: ({ nodes }) => `${nodes.done}/${nodes.total}` },
  { title: 'PODS', cell: ({ pods }) => String(pods.total), isWide: true },
  { title: 'FAILED', cell: ({ pods }) => String(pods.failed) },
  { title: 'HELD UP BY', cell: ({ slowest }) => oneLine(slowest.map(slowText).join(', ') || '-') },
]

const slowText = ({ node, tookMs }: Rollout['slowest'][number]): string =>
  `${node} (${tookMs === null ? 'not done' : shortDuration(tookMs)})`
