import type { NodeFacts } from '@rollcall/contracts'

/** Ways in which a node is stopped on purpose. */
export const stopWords = ['shutdown', 'maintenance', 'drain', 'cordon'] as const
export type StopWord = (typeof stopWords)[number]

/** On a node, as a label or a taint: somebody drains it, daemons included. */
export const drainMarker = 'rollcall.dev/drain'

/** How a node shows that it is being stopped on purpose; `since` null: that is not known. */
export type Stop = { readonly on: StopWord; readonly sign: string; readonly since: number | null }

/** The first of these that the node shows; null: none. */
export function stopOf(node: NodeFacts, words: readonly StopWord[]): Stop | null {
  for (const on of words) {
    const stop = shown(node, on)
    if (stop) return stop
  }
  return null
}

/** Whether both show the same of it: what else changed concerns no hold. */
export const stopsAlike = (a: NodeFacts, b: NodeFacts): boolean =>
  stopWords.every(on => shown(a, on)?.sign === shown(b, on)?.sign)

function shown(node: NodeFacts, on: StopWord): Stop | null {
  switch (on) {
    case 'shutdown':
      return condition(node, on, 'GracefulNodeShutdownInProgress')
    case 'maintenance':
      return condition(node, on, 'MaintenanceInProgress')
    case 'drain':
      return condition(node, on, 'DrainInProgress') ?? marker(node, on)
    case 'cordon':
      return node.unschedulable ? { on, sign: 'spec.unschedulable', since: null } : null
  }
}

function condition({ conditions }: NodeFacts, on: StopWord, type: string): Stop | null {
  const found = conditions.find(each => each.type === type && each.status === 'True')
  return found ? { on, sign: `condition ${type}`, since: found.since } : null
}

function marker({ labels, taints }: NodeFacts, on: StopWord): Stop | null {
  const label = Object.hasOwn(labels, drainMarker) ? labels[drainMarker] : 'false'
  if (label !== 'false') return { on, sign: `label ${drainMarker}`, since: null }
  const taint = taints.find(({ key, value }) => key === drainMarker && value !== 'false')
  return taint ? { on, sign: `taint ${drainMarker}`, since: null } : null
}
