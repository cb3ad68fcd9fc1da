import { canonicalJson, type Effect, type EventOf, type Json, type Mode } from '@rollcall/contracts'
import { type ClusterState, createState } from '../state.ts'
import { heldOf, wakeEverything } from './relists.ts'

/**
 * Which cluster answers, and the watcher's word on its mode: it holds until somebody has asked for one, since that would
 * otherwise end with the next start of a watcher. Under another cluster's name nobody has asked for anything yet.
 */
export function clusterIdentified(state: ClusterState, event: EventOf<'ClusterIdentified'>): Effect[] | null {
  const isAnother = state.clusterUid !== null && state.clusterUid !== event.clusterUid
  const mode = state.modeIsAsked && !event.overridesAsked && !isAnother ? state.mode : event.mode
  const isSame = (a: Json, b: Json) => canonicalJson(a) === canonicalJson(b)
  const isSameRate = isSame(state.creationRate, event.creationRate)
  if (state.clusterUid === event.clusterUid && state.mode === mode && isSame(state.guard, event.guard) && isSameRate)
    return null
  const effects: Effect[] = []
  if (isAnother) {
    for (const kind of ['Pod', 'ControllerRevision', 'DaemonSet', 'Node'] as const) {
      for (const held of heldOf(state, kind)) effects.push(...held.forget())
    }
    Object.assign(state.relists, createState(state.cluster).relists)
    state.modeIsAsked = false
  }
  state.clusterUid = event.clusterUid
  state.guard = event.guard
  state.creationRate = event.creationRate
  // What was made at another rate says nothing about this one.
  if (!isSameRate) state.pace = null
  return [...effects, setMode(state, mode)]
}

/** What was asked for last holds. It is on record also when it was so already. */
export function modeRequested(state: ClusterState, { mode }: EventOf<'ModeRequested'>): Effect[] {
  state.modeIsAsked = true
  return [setMode(state, mode)]
}

function setMode(state: ClusterState, mode: Mode): Effect {
  state.mode = mode
  wakeEverything(state)
  return { kind: 'modeSet', mode }
}
