import type { NodeFacts } from '@rollcall/contracts'

/** Whether the node is there and Ready; one that has not said anything yet counts as healthy. */
export function isHealthy(node: NodeFacts | undefined): boolean {
  if (!node) return false
  const ready = node.conditions.find(({ type }) => type === 'Ready')
  return ready === undefined || ready.status === 'True'
}
