import { type Command, type CommandOf, type Effect, slotOf, type Taint } from '@rollcall/contracts'
import { backOffMs } from './back-off.ts'
import { countSlot, slotFor } from './slots.ts'
import type { ClusterState, DaemonSet, Flight } from './state.ts'
import { wakeLater, wakeSlot, wakeWhole } from './wake.ts'

/** A command without an outcome for this long is issued again, with the same id and content: it may have been lost. */
export const flightExpiryMs = 5 * 60_000

/** Whether the command takes a pod away; an eviction does so by the leave of its budgets. */
export const endsPod = (command: Command): command is CommandOf<'DeletePod'> | CommandOf<'EvictPod'> =>
  command.type === 'DeletePod' || command.type === 'EvictPod'

/** The node whose slot a command of creation or deletion occupies; undefined: it occupies none. */
export function nodeOfFlight(command: Command): string | undefined {
  if (command.type === 'CreatePod') return command.node
  return endsPod(command) ? (command.node ?? undefined) : undefined
}

/** What must not be under way twice at a time. */
export function flightKey(command: Command): string {
  switch (command.type) {
    case 'CreatePod':
      return `CreatePod/${command.slot}`
    case 'DeletePod':
    case 'EvictPod':
    case 'AdoptPod':
    case 'ReleasePod':
    case 'RelabelPod':
      return `${command.type}/${command.pod.uid}`
    case 'UpdateRevision':
    case 'AdoptRevision':
    case 'ReleaseRevision':
    case 'DeleteRevision':
      return `${command.type}/${command.revision.uid}`
    case 'UntaintNode':
      // Several DaemonSets may want it gone: one asks.
      return untaintKey(command.nodeUid, command.taint)
    case 'CreateRevision':
    case 'WriteStatus':
    case 'RollBack':
    case 'RecordEvent':
      return `${command.type}/${command.daemonSet.uid}`
  }
}

export const untaintKey = (nodeUid: string, { key, effect }: Pick<Taint, 'key' | 'effect'>): string =>
  `UntaintNode/${nodeUid}/${key}/${effect}`

/** Puts a command under way. Kubernetes Events are sent and forgotten. */
export function launch(state: ClusterState, command: Command, at: number): void {
  if (command.type === 'RecordEvent') return
  const known = state.flights.get(command.id)
  if (known) {
    line(state, known, at)
    return
  }
  state.flights.set(command.id, { command, since: at, observed: false })
  state.flightsByKey.set(flightKey(command), command.id)
  occupy(state, command, +1)
}

/** It was heard of just now: until it is silent for long it is not issued again. */
export function renew(state: ClusterState, flight: Flight): void {
  line(state, flight, state.now)
}

/** Flights are kept in the order of `since`: this one is the last in line once more. */
function line(state: ClusterState, flight: Flight, since: number): void {
  state.flights.delete(flight.command.id)
  state.flights.set(flight.command.id, { ...flight, since })
}

/** The watch has shown what the command was to bring about: nothing waits for it any more. Its outcome still comes. */
export function observe(state: ClusterState, flight: Flight): void {
  if (flight.observed) return
  flight.observed = true
  land(state, flight.command)
}

/** The flight is over. */
export function settle(state: ClusterState, flight: Flight): void {
  state.flights.delete(flight.command.id)
  if (!flight.observed) land(state, flight.command)
}

function land(state: ClusterState, command: Command): void {
  const key = flightKey(command)
  if (state.flightsByKey.get(key) === command.id) state.flightsByKey.delete(key)
  occupy(state, command, -1)
}

function occupy(state: ClusterState, command: Command, by: 1 | -1): void {
  const daemonSet = state.daemonSets.get(command.daemonSet.uid)
  if (!daemonSet) return
  const node = nodeOfFlight(command)
  if (node === undefined) {
    if (by < 0) wakeWhole(state, daemonSet)
    return
  }
  if (command.type === 'CreatePod') daemonSet.creating += by
  const slot = slotFor(state, daemonSet, node)
  slot.inFlight += by
  countSlot(state, daemonSet, slot)
  if (by < 0) wakeSlot(state, daemonSet, node)
}

/** The DaemonSet is gone: what was under way for it concerns nobody. */
export function dropFlights(state: ClusterState, daemonSet: DaemonSet): Effect[] {
  const effects: Effect[] = []
  for (const flight of [...state.flights.values()]) {
    if (flight.command.daemonSet.uid !== daemonSet.facts.uid) continue
    state.flights.delete(flight.command.id)
    if (!flight.observed) state.flightsByKey.delete(flightKey(flight.command))
    effects.push({ kind: 'commandSettled', commandId: flight.command.id, settled: null })
  }
  return effects
}

const retryMaxMs = 5 * 60_000

/** Trying this again waits: 1 s, doubling up to 5 min; or as long as is said. */
export function retryLater(state: ClusterState, key: string, command: Command, waitMs?: number): void {
  const failures = (state.retries.get(key)?.failures ?? 0) + (waitMs === undefined ? 1 : 0)
  const until = state.now + (waitMs ?? backOffMs(failures, retryMaxMs))
  state.retries.set(key, { failures, until })
  const node = command.type === 'UntaintNode' ? command.node : nodeOfFlight(command)
  wakeLater(state, command.daemonSet.uid, node ?? null, until)
}

export function isHeldBack(state: ClusterState, key: string): boolean {
  const retry = state.retries.get(key)
  return retry !== undefined && retry.until > state.now
}

export const createKey = (daemonSetUid: string, node: string): string => `CreatePod/${slotOf(daemonSetUid, node)}`
