import { untaintKey } from '../flights.ts'
import { neededOn } from '../startup-taints.ts'
import type { DaemonSet, Slot } from '../state.ts'
import { type Deciding, isPending, issue, reason, record } from './deciding.ts'

/**
 * Takes the startup taint from nodes whose daemons are all available: decided on the slots that something happened to, so by
 * whichever DaemonSet comes up last. In a cluster that is only observed nothing is said of it.
 */
export function decideStartupTaints(deciding: Deciding, daemonSet: DaemonSet): void {
  if (daemonSet.policy.startupTaint === null || deciding.state.mode === 'observe') return
  for (const node of [...daemonSet.dirty.keys()].sort()) {
    const slot = daemonSet.slots.get(node)
    if (slot) untaint(deciding, daemonSet, slot, daemonSet.policy.startupTaint)
  }
}

function untaint(deciding: Deciding, daemonSet: DaemonSet, slot: Slot, key: string): void {
  const { state } = deciding
  const node = state.nodes.get(slot.node)
  const taints = node?.taints.filter(taint => taint.key === key) ?? []
  if (!node || taints.length === 0) return
  const needed = neededOn(state, key, slot.node)
  if (needed.length === 0) return
  if (needed.some(({ slots }) => slots.get(slot.node)?.figures.available !== 1)) return
  const commands = taints.flatMap(taint => {
    const flight = untaintKey(node.uid, taint)
    if (isPending(deciding, flight)) return []
    deciding.issued.add(flight)
    const content = { type: 'UntaintNode', node: node.name, nodeUid: node.uid, taint } as const
    return issue(deciding, daemonSet, slot.node, `${taint.key}/${taint.effect}`, content)
  })
  if (commands.length === 0) return
  const daemons = needed.map(({ facts }) => `${facts.namespace}/${facts.name}`)
  const why = reason('startup-taint-removed', 'k/k#75890', { taint: key, daemons })
  record(deciding, daemonSet, slot.node, { verdict: slot.verdict, action: 'other', reason: why, commands })
}
