import type { Reason, Verdict } from '@rollcall/contracts'
import { eligibilityOf } from './eligibility.ts'
import type { ClusterState } from './state.ts'

export type Explanation = {
  readonly verdict: Verdict
  readonly reason: Reason
  /** Names of the pods there now, those being deleted included. */
  readonly pods: readonly string[]
  /** Commands of creation and deletion whose effect has not been seen. */
  readonly inFlight: number
  /** `verdict|action|rule` of the last recorded decision of this slot; empty when there is none. */
  readonly lastDecision: string
}

/** Where one DaemonSet stands on one node now, by the rules that decide. Null: no such DaemonSet. */
export function explain(
  state: ClusterState,
  { namespace, daemonSet: name, node: nodeName }: { namespace: string; daemonSet: string; node: string },
): Explanation | null {
  const daemonSet = state.daemonSetsByNamespace.get(namespace)?.get(name)
  if (!daemonSet) return null
  const slot = daemonSet.slots.get(nodeName)
  const node = state.nodes.get(nodeName)
  const { verdict, reason } = node
    ? eligibilityOf(daemonSet.facts.template, node, { without: daemonSet.policy.withoutTolerations })
    : { verdict: 'unknownNode' as const, reason: { rule: 'node-gone', source: '§3.3', facts: {} } }
  return {
    verdict,
    reason,
    pods: [...(slot?.pods ?? [])].map(({ facts }) => facts.name).sort(),
    inFlight: slot?.inFlight ?? 0,
    lastDecision: slot?.lastDecision ?? '',
  }
}
