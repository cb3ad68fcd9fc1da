import { type CoreMark, coreMarkSchema, type Decision, type DecisionPoint, type Mark } from '@rollcall/contracts'
import { noteHeld } from './creations.ts'
import { gist } from './decide/deciding.ts'
import { isDirty } from './decide/index.ts'
import { launch, settle } from './flights.ts'
import { applyGuardMark } from './guard/index.ts'
import { hashOf, revisionsOf } from './revisions.ts'
import type { Reach } from './rollout-state.ts'
import { countSlot, dropIfEmpty } from './slots.ts'
import { type ClusterState, type DaemonSet, isSynced } from './state.ts'
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

/**
 * The bookkeeping a decision leaves beyond its commands. One that is not known, or cannot be read, is a defect: it must not be
 * passed over.
 */
function applyMark(state: ClusterState, recorded: Mark, deferred: Set<string>): void {
  const mark = readMark(state, recorded)
  if (mark.kind === 'flightDropped') {
    const flight = state.flights.get(mark.command)
    if (flight) settle(state, flight)
    return
  }
  if (mark.kind === 'creationPace' && mark.daemonSet === null) {
    state.pace = { since: mark.since, made: mark.made }
    return
  }
  const daemonSet = state.daemonSets.get(mark.daemonSet ?? '')
  if (!daemonSet) return
  switch (mark.kind) {
    case 'deferred':
      deferred.add(mark.daemonSet)
      return
    case 'wake':
      wakeLater(state, mark.daemonSet, mark.node, mark.at)
      return
    case 'statusWritten':
      daemonSet.statusNotBefore = mark.notBefore
      return
    case 'guard':
      applyGuardMark(daemonSet.guard, mark, state.position)
      return
    case 'nonsenseSaid':
      daemonSet.saidNonsense = mark.messages
      return
    case 'creationPace':
      daemonSet.pace = { since: mark.since, made: mark.made }
      return
    case 'rollout':
      daemonSet.rollout = mark.rollout
      return
    case 'rolloutReached':
      noteReached(state, daemonSet, mark.healthy, 'healthy')
      noteReached(state, daemonSet, mark.unhealthy, 'unhealthy')
      return
    case 'rolledBack':
      daemonSet.rolledBackTo = mark.template ?? templateOfHash(state, daemonSet, mark.to)
      return
    case 'knownBad':
      daemonSet.knownBad = mark.templates
      return
    case 'failedBackoff':
      daemonSet.failedBackoffs.set(mark.node, { generation: mark.generation, valueMs: mark.valueMs, at: mark.at })
      return
  }
}

function readMark({ position, cluster }: ClusterState, mark: Mark): CoreMark {
  const read = coreMarkSchema.safeParse(mark)
  if (read.success) return read.data
  throw new Error(
    `mark ${mark.kind} at position ${position} of stream ${cluster} cannot be read: ${read.error.issues[0]?.message}`,
  )
}

function noteReached(state: ClusterState, daemonSet: DaemonSet, nodes: readonly string[], reach: Reach): void {
  for (const node of nodes) {
    const slot = daemonSet.slots.get(node)
    if (!slot) continue
    slot.reach = reach
    countSlot(state, daemonSet, slot)
  }
}

/** Records of core 3 and before name the revision only. */
function templateOfHash(state: ClusterState, daemonSet: DaemonSet, hash: string): string | null {
  const { old, current } = revisionsOf(state, daemonSet)
  return [...old, ...current].find(revision => hashOf(revision) === hash)?.facts.templateDigest ?? null
}
