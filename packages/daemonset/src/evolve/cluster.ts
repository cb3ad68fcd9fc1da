import { canonicalJson, type Effect, type EventOf, type Mode } from '@rollcall/contracts'
import { type ClusterState, createState } from '../state.ts'
import { heldOf, wakeEverything } from './relists.ts'

/**
 * Which cluster answers, and the watcher's word on its mode: it holds until somebody has asked for one, since that would
 * otherwise end with the next start of a watcher. Under another cluster's name nobody has asked for anything yet.
 */
export function clusterIdentified(state: ClusterState, event: EventOf<'ClusterIdentified'>): Effect[] | null {
  const isAnother = state.clusterUid !== null && state.clusterUid !== event.clusterUid
  const mode = state.modeIsAsked && !event.overridesAsked && !isAnother ? state.mode : event.mode
  const isSameGuard = canonicalJson(state.guard) === canonicalJson(event.guard)
  if (state.clusterUid === event.clusterUid && state.mode === mode && isSameGuard) return null
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
