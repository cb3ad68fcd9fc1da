import type { Effect, EventOf } from '@rollcall/contracts'
import type { ClusterState, DaemonSet } from '../state.ts'
import { wakeLater, wakeSlot, wakeWhole } from '../wake.ts'
import { type Hold, putLoss } from './state.ts'

/**
 * What whoever approved had seen the hold to keep may go. What it was given later is judged anew: it may be another mistake. A hold
 * that is over settles nothing; that somebody asked is on record.
 */
export function holdApproved(state: ClusterState, event: EventOf<'HoldApproved'>): Effect[] {
  const found = findHold(state, event.hold)
  if (!found) return []
  const { daemonSet, hold } = found
  for (const [node, loss] of daemonSet.guard.losses) {
    if (loss.hold !== hold.id) continue
    const isApproved = event.seen === null || loss.heldAt <= event.seen
    putLoss(daemonSet.guard, node, { ...loss, hold: null, heldAt: 0, isApproved })
    wakeSlot(state, daemonSet, node)
  }
  settle(state, daemonSet, hold, { state: 'approved', until: null, news: event.askedBy })
  return []
}

/** Its pods stay: for a time, after which the question is asked again; or for as long as the cause lasts. */
export function holdRejected(state: ClusterState, event: EventOf<'HoldRejected'>): Effect[] {
  const found = findHold(state, event.hold)
  if (!found) return []
  const { daemonSet, hold } = found
  const until = event.forMs === null ? null : state.now + event.forMs
  settle(state, daemonSet, hold, { state: 'rejected', until, news: event.askedBy })
  if (until !== null) wakeLater(state, daemonSet.facts.uid, null, until)
  return []
}

function settle(
  state: ClusterState,
  daemonSet: DaemonSet,
  hold: Hold,
  news: Pick<Hold, 'state' | 'until' | 'news'>,
): void {
  Object.assign(hold, news)
  wakeWhole(state, daemonSet)
}

function findHold(state: ClusterState, id: string): { daemonSet: DaemonSet; hold: Hold } | null {
  for (const daemonSet of state.daemonSets.values()) {
    const hold = daemonSet.guard.holds.get(id)
    if (hold && hold.state !== 'approved') return { daemonSet, hold }
  }
  return null
}

/** How many holds stand open in this cluster, and how many nodes they keep. */
export function openHolds(state: ClusterState): { readonly holds: number; readonly nodes: number } {
  let holds = 0
  let nodes = 0
  for (const { guard } of state.daemonSets.values()) {
    for (const { state } of guard.holds.values()) if (state === 'open') holds += 1
    for (const { hold } of guard.losses.values()) if (hold && guard.holds.get(hold)?.state === 'open') nodes += 1
  }
  return { holds, nodes }
}
