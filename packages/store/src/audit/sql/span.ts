import type { PageKey, SpanAsked } from '../audit-store.ts'
import { oneMore } from './page.ts'

/**
 * What every question about a cluster over a span of time asks with: the parameters `$1` to `$7`, the last the page's length.
 * A span is what was so from `from` on until before `to`.
 */
export type SpanParams = SpanAsked & { readonly after: PageKey | null; readonly limit: number }

export const spanValues = ({ cluster, namespaces, daemonSets, nodes, from, to, limit }: SpanParams): unknown[] => [
  cluster,
  namespaces,
  daemonSets,
  nodes,
  from,
  to,
  oneMore(limit),
]
