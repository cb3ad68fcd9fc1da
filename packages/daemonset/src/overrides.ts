import type { LabelSelector, NodeFacts } from '@rollcall/contracts'
import { selectorMatches } from './selectors.ts'

/** Resources that pods get on the nodes of a class, by reference: the DaemonSet's annotation holds them. */
export type Override = { readonly name: string; readonly digest: string; readonly nodes: LabelSelector }

/** The first whose nodes these are; null: the template's own resources. */
export function overrideFor(overrides: readonly Override[], node: NodeFacts): Override | null {
  return overrides.find(({ nodes }) => selectorMatches(nodes, node.labels)) ?? null
}
