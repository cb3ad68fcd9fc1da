import type { Effect, Event } from '@rollcall/contracts'
import { flightExpiryMs } from '../flights.ts'
import { holdApproved, holdRejected } from '../guard/index.ts'
import { countSlot } from '../slots.ts'
import type { ClusterState } from '../state.ts'
import { takeDue, wakeSlot, wakeWhole } from '../wake.ts'
import { clusterIdentified, modeRequested } from './cluster.ts'
import { daemonSetGone, daemonSetObserved } from './daemon-sets.ts'
import { isAskedAgain, noteIntent } from './intents.ts'
import { nodeGone, nodeObserved } from './nodes.ts'
import { commandDelayed, commandSettled } from './outcomes.ts'
import { podGone, podObserved } from './pods.ts'
import { relistCompleted, relistListed, relistStarted } from './relists.ts'
import { revisionGone, revisionObserved } from './revisions.ts'

/**
 * Folds one event into the state, in place. Returns what it changed, or null when it folds to nothing (a duplicate, an
 * older resourceVersion, the outcome of an unknown command, a bookmark): then the state is as before, and the event
 * gets no position.
 * @throws Error when the event is of another stream.
 */
export function evolve(state: ClusterState, event: Event): readonly Effect[] | null {
  if (event.cluster !== state.cluster) {
    throw new Error(`event of cluster ${event.cluster} in stream ${state.cluster} after position ${state.position}`)
  }
  const before = state.now
  state.position += 1
  if (event.at > state.now) state.now = event.at
  const effects = fold(state, event, before)
  if (effects === null) {
    state.position -= 1
    state.now = before
    return null
  }
  passTime(state)
  return effects
}

function fold(state: ClusterState, event: Event, before: number): Effect[] | null {
  if ('intent' in event) {
    if (isAskedAgain(state, event.intent)) return null
    noteIntent(state, event.intent)
  }
  switch (event.type) {
    case 'NodeObserved':
      return nodeObserved(state, event)
    case 'NodeGone':
      return nodeGone(state, event)
    case 'PodObserved':
      return podObserved(state, event)
    case 'PodGone':
      return podGone(state, event)
    case 'DaemonSetObserved':
      return daemonSetObserved(state, event)
    case 'DaemonSetGone':
      return daemonSetGone(state, event)
    case 'RevisionObserved':
      return revisionObserved(state, event)
    case 'RevisionGone':
      return revisionGone(state, event)
    case 'ClusterIdentified':
      return clusterIdentified(state, event)
    case 'RelistStarted':
      return relistStarted(state, event)
    case 'RelistListed':
      return relistListed(state, event)
    case 'RelistCompleted':
      return relistCompleted(state, event)
    case 'CommandSettled':
      return commandSettled(state, event)
    case 'CommandDelayed':
      return commandDelayed(state, event)
    // Who did it is no fact that a rule looks at: a row of the ledger, and nothing else.
    case 'ChangeAttributed':
      return []
    case 'ModeRequested':
      return modeRequested(state, event)
    case 'HoldApproved':
      return holdApproved(state, event)
    case 'HoldRejected':
      return holdRejected(state, event)
    case 'Ticked':
      return event.at > before ? [] : null
    case 'WatchProgressed':
      return null
  }
}

/** What was waiting for a time that has come by now is to be decided anew. */
function passTime(state: ClusterState): void {
  for (const { daemonSetUid, node } of takeDue(state)) {
    const daemonSet = state.daemonSets.get(daemonSetUid)
    if (!daemonSet) continue
    if (node === null) {
      wakeWhole(state, daemonSet)
      continue
    }
    const slot = daemonSet.slots.get(node)
    if (!slot) continue
    countSlot(state, daemonSet, slot)
    wakeSlot(state, daemonSet, node)
  }
  // Flights are kept in the order of their issue: the first is the oldest.
  const oldest = state.flights.values().next().value
  if (oldest && oldest.since + flightExpiryMs <= state.now) {
    const daemonSet = state.daemonSets.get(oldest.command.daemonSet.uid)
    if (daemonSet) wakeWhole(state, daemonSet)
  }
}
