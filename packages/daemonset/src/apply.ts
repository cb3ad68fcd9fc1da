import type { Decision, DecisionPoint, Mark } from '@rollcall/contracts'
import { noteHeld } from './creations.ts'
import { gist } from './decide/deciding.ts'
import { isDirty } from './decide/index.ts'
import { launch, settle } from './flights.ts'
import { applyGuardMark, type GuardMark } from './guard/index.ts'
import type { Rollout } from './rollout-state.ts'
import { countSlot, dropIfEmpty } from './slots.ts'
import { type ClusterState, isSynced } from './state.ts'
import { wakeLater } from './wake.ts'

/**
 * Makes a decision part of the state: its commands are under way, its marks hold, what was dirty is not. Folding
 * history applies the recorded decisions with this and never decides again.
 * @throws Error when the decision belongs to another position.
 */
export function applyDecision(state: ClusterState, point: DecisionPoint): void {
  if (point.position !== state.position) {
    throw new Error(`decision of position ${point.position} applied to stream ${state.cluster} at ${state.position}`)
  }
  for (const decision of point.decisions) remember(state, decision)
  const deferred = new Set<string>()
  for (const mark of point.marks) applyMark(state, mark, deferred)
  for (const command of point.commands) launch(state, command, point.at)
  if (!isSynced(state)) return
  for (const daemonSet of state.daemonSets.values()) {
    if (!isDirty(daemonSet) || deferred.has(daemonSet.facts.uid)) continue
    const nodes = [...daemonSet.dirty.keys()]
    daemonSet.dirty.clear()
    daemonSet.dirtyWhole = null
    for (const node of nodes) {
      const slot = daemonSet.slots.get(node)
      if (slot) dropIfEmpty(state, daemonSet, slot)
    }
  }
}

function remember(state: ClusterState, { daemonSet: { uid }, node, verdict, action, reason }: Decision): void {
  const daemonSet = state.daemonSets.get(uid)
  const holder = node === null ? daemonSet : daemonSet?.slots.get(node)
  if (!daemonSet || !holder) return
  holder.lastDecision = gist(verdict, action, reason.rule)
  if (node !== null) noteHeld(daemonSet, node, holder.lastDecision)
}

/** The bookkeeping a decision leaves beyond its commands. A kind that is not known is a defect: it must not be passed over. */
function applyMark(state: ClusterState, mark: Mark, deferred: Set<string>): void {
  const daemonSet = state.daemonSets.get(String(mark.daemonSet))
  switch (mark.kind) {
    case 'deferred':
      deferred.add(String(mark.daemonSet))
      return
    case 'wake':
      wakeLater(state, String(mark.daemonSet), mark.node === null ? null : String(mark.node), Number(mark.at))
      return
    case 'statusWritten':
      if (daemonSet) daemonSet.statusNotBefore = Number(mark.notBefore)
      return
    case 'guard':
      if (daemonSet) applyGuardMark(daemonSet.guard, mark as unknown as GuardMark)
      return
    case 'nonsenseSaid':
      if (daemonSet) daemonSet.saidNonsense = (mark.messages as readonly string[]).map(String)
      return
    case 'creationPace':
      if (daemonSet) daemonSet.pace = { since: Number(mark.since), made: Number(mark.made) }
      return
    case 'rollout':
      if (daemonSet) daemonSet.rollout = mark.rollout as unknown as Rollout
      return
    case 'rolloutReached':
      for (const [nodes, reach] of [
        [mark.healthy, 'healthy'],
        [mark.unhealthy, 'unhealthy'],
      ] as const) {
        for (const node of nodes as readonly string[]) {
          const slot = daemonSet?.slots.get(node)
          if (!daemonSet || !slot) continue
          slot.reach = reach
          countSlot(state, daemonSet, slot)
        }
      }
      return
    case 'rolledBack':
      if (daemonSet) daemonSet.rolledBackTo = String(mark.to)
      return
    case 'failedBackoff':
      daemonSet?.failedBackoffs.set(String(mark.node), {
        generation: Number(mark.generation),
        valueMs: Number(mark.valueMs),
        at: Number(mark.at),
      })
      return
    case 'flightDropped': {
      const flight = state.flights.get(String(mark.command))
      if (flight) settle(state, flight)
      return
    }
    default:
      throw new Error(`unknown mark ${mark.kind} at position ${state.position} of stream ${state.cluster}`)
  }
}
