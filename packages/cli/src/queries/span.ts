import { type AnswerOf, pageLimitMax, type QueryOf } from '@rollcall/contracts/api'
import { timeArgument } from '../output/time-argument.ts'
import type { Ports } from '../ports.ts'
import { knownOnly, modesOf } from './cluster-of.ts'
import { unknownDaemonSet } from './get-daemonsets.ts'
import { unknownNode } from './get-nodes.ts'
import { namespacesOf, type QueryOptions, type Scope, splitName } from './scope.ts'

/** Options of questions about a span of time. */
export type SpanOptions = QueryOptions & {
  readonly node?: readonly string[]
  readonly selector?: string
  readonly from: string
  readonly to?: string
  readonly over?: string
  readonly pods?: boolean
}

type SpanRoute = 'diff' | 'misplaced' | 'churn' | 'flapping' | 'coverage'
type SpanQuery = { readonly from: string } & QueryOf<'churn'>
/** The answer of one cluster, all pages in one. */
export type SpanAnswer<N extends SpanRoute> = Omit<AnswerOf<N>, 'next'> & { readonly cluster: string }

/** Asks every cluster. @throws CliError also when none knows the names that are asked for */
export async function askSpan<N extends SpanRoute>(
  route: N,
  written: string | undefined,
  options: SpanOptions,
  more: object,
  scope: Scope,
  ports: Ports,
): Promise<readonly SpanAnswer<N>[]> {
  const query: SpanQuery = {
    namespace: written === undefined ? scope.namespaces : namespacesOf(written, scope),
    daemonSet: written === undefined ? undefined : [splitName(written).name],
    node: options.node ? [...options.node] : undefined,
    labelSelector: options.selector,
    from: timeArgument('--from', options.from, ports.now()),
    to: options.to === undefined ? undefined : timeArgument('--to', options.to, ports.now()),
    ...more,
  }
  const clusters = scope.clusters ?? [...(await modesOf(scope)).keys()]
  const { answers, unknown } = await knownOnly(clusters.map(cluster => () => askOne(route, cluster, query, scope)))
  if (answers.length === 0) {
    const [node] = options.node ?? []
    if (node !== undefined && !unknown.has('unknown-daemonset')) throw await unknownNode(node, scope)
    if (written !== undefined) throw await unknownDaemonSet(written, scope)
  }
  return answers
}

async function askOne<N extends SpanRoute>(
  route: N,
  cluster: string,
  query: SpanQuery,
  { client }: Scope,
): Promise<SpanAnswer<N>> {
  const items: unknown[] = []
  let cursor: string | undefined
  for (;;) {
    const asked = { ...query, limit: pageLimitMax, cursor } as QueryOf<N>
    const { next, ...page } = await client.ask(route, { cluster } as Parameters<typeof client.ask<N>>[1], asked)
    items.push(...page.items)
    if (next === null) return { ...page, cluster, items } as unknown as SpanAnswer<N>
    cursor = next
  }
}
