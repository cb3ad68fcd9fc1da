import type { MissingNode } from '@rollcall/contracts/api'
import { localTime, shortDuration } from '../output/duration.ts'
import { printList } from '../output/format.ts'
import { type Column, oneLine } from '../output/table.ts'
import { timeArgument } from '../output/time-argument.ts'
import type { Ports } from '../ports.ts'
import { endingWords } from '../sentences/closings.ts'
import { isShadow, type Modes } from '../sentences/decision.ts'
import { sentenceOf } from '../sentences/rules.ts'
import { modesOf } from './cluster-of.ts'
import { daemonSetsNamed } from './get-daemonsets.ts'
import { type QueryOptions, scopeOf } from './scope.ts'

export type MissingOptions = QueryOptions & {
  readonly at?: string
  readonly allNodes?: boolean
  readonly node?: readonly string[]
  readonly selector?: string
  readonly rule?: readonly string[]
}

type Row = MissingNode & { readonly cluster: string; readonly namespace: string; readonly daemonSet: string }

/** `rollcall get missing [NAMESPACE/]NAME`: nodes without its pod, since when, and why. */
export async function getMissing(written: string, options: MissingOptions, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  const at = options.at === undefined ? undefined : timeArgument('--at', options.at, ports.now())
  const modes = await modesOf(scope)
  const rows: Row[] = []
  for (const of of await daemonSetsNamed(written, scope)) {
    const query = {
      at,
      nodes: options.allNodes ? ('all' as const) : ('expected' as const),
      node: options.node ? [...options.node] : undefined,
      labelSelector: options.selector,
      rule: options.rule ? [...options.rule] : undefined,
    }
    const found = await scope.client.all('missing', query, of)
    const { cluster, namespace, name } = of
    rows.push(...found.map(item => ({ cluster, namespace, daemonSet: name, ...item })))
  }
  const then = at === undefined ? ports.now() : Date.parse(at)
  await printList({ rows, columns: columns(modes, then), what: `nodes without ${written}` }, scope.format, ports)
}

const columns = (modes: ReadonlyMap<string, Modes>, then: number): Column<Row>[] => [
  { title: 'CLUSTER', cell: ({ cluster }) => oneLine(cluster) },
  { title: 'NAMESPACE', cell: ({ namespace }) => oneLine(namespace), isWide: true },
  { title: 'DAEMONSET', cell: ({ daemonSet }) => oneLine(daemonSet), isWide: true },
  { title: 'NODE', cell: ({ node }) => oneLine(node) },
  { title: 'FOR', cell: ({ since }) => shortDuration(then - Date.parse(since)) },
  { title: 'SINCE', cell: ({ since }) => localTime(Date.parse(since)), isWide: true },
  { title: 'VERDICT', cell: ({ decision }) => decision?.verdict ?? '-' },
  {
    title: 'LAST POD',
    cell: ({ lastPlacement: last }) => oneLine(last === null ? '-' : `${last.pod.name} (${endingWords(last)})`),
    isWide: true,
  },
  {
    title: 'WHY',
    cell: ({ cluster, decision }) =>
      decision === null
        ? 'Nothing has been decided about it yet.'
        : oneLine(sentenceOf({ ...decision, observed: isShadow(decision, modes.get(cluster) ?? null) })),
  },
]
