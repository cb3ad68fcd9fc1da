import type { Reason, Verdict } from '@rollcall/contracts'
import { startDeciding } from './decide/deciding.ts'
import { whatOnDeleteLeaves } from './decide/on-delete.ts'
import { RolloutGate } from './decide/rollout-gate.ts'
import { eligibilityOf } from './eligibility.ts'
import { groupOf, isLive, isUpdated } from './pods.ts'
import type { ClusterState, DaemonSet, Slot } from './state.ts'

export type Explanation = {
  readonly verdict: Verdict
  readonly reason: Reason
  /** Names of the pods there now, those being deleted included. */
  readonly pods: readonly string[]
  /** Commands of creation and deletion whose effect has not been seen. */
  readonly inFlight: number
  /** `verdict|action|rule` of the last recorded decision of this slot; empty when there is none. */
  readonly lastDecision: string
  /** Why the rollout as a whole stands still, where this node waits for the present template; null: it does not. */
  readonly rollout: Reason | null
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
    rollout: slot ? whatHolds(state, daemonSet, slot) : null,
  }
}

function whatHolds(state: ClusterState, daemonSet: DaemonSet, slot: Slot): Reason | null {
  if (daemonSet.current === null) return null
  const live = groupOf(slot.pods).filter(isLive)
  if (live.length === 0 || live.some(pod => isUpdated(pod, daemonSet))) return null
  if (daemonSet.facts.updateStrategy.type !== 'RollingUpdate') return whatOnDeleteLeaves(daemonSet)
  return new RolloutGate(startDeciding(state), daemonSet, daemonSet.rollout).held
}
