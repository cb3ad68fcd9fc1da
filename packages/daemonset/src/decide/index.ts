import type { DecisionPoint } from '@rollcall/contracts'
import { flightExpiryMs } from '../flights.ts'
import { decideGuarded, dissolveGuard } from '../guard/index.ts'
import { revisionsOf } from '../revisions.ts'
import { isEmptySelector } from '../selectors.ts'
import { byName, type ClusterState, type DaemonSet, isSynced } from '../state.ts'
import { keepClusterPace, keepPace } from './creation-holds.ts'
import { type Deciding, isPending, reason, record, recordEvent, startDeciding } from './deciding.ts'
import { decideNonsense } from './nonsense.ts'
import { decideSlots } from './placement.ts'
import { claimPods, cleanUpRevisions, decideRevisions } from './revisions.ts'
import { decideRollout } from './rollout.ts'
import { decideStartupTaints } from './startup-taints.ts'
import { decideStatus } from './status.ts'

/** Version of the rules: recorded with every decision. */
export const coreVersion = '5'

/** One decision point issues about this many commands at most; DaemonSets beyond it are decided at the next one. */
const commandsMax = 2000

/** Whether a decision could differ from the last one: something is dirty, and the cluster is wholly known. */
export function needsDecision(state: ClusterState): boolean {
  if (!isSynced(state)) return false
  for (const daemonSet of state.daemonSets.values()) if (isDirty(daemonSet)) return true
  return false
}

/** The earliest time at which `decide` would decide differently with nothing else happening; null: never. */
export function wakeAt(state: ClusterState): number | null {
  const oldest = state.flights.values().next().value
  const at = Math.min(state.nextWake, oldest ? oldest.since + flightExpiryMs : Number.POSITIVE_INFINITY)
  return Number.isFinite(at) ? at : null
}

export const isDirty = ({ dirty, dirtyWhole }: DaemonSet): boolean => dirtyWhole !== null || dirty.size > 0

/**
 * Decides at the present position, in the order of namespace and name, for what is dirty. Only reads the state:
 * `applyDecision` makes the result part of it.
 */
export function decide(state: ClusterState): DecisionPoint {
  const deciding = startDeciding(state)
  if (isSynced(state)) {
    for (const daemonSet of dirtyDaemonSets(state)) {
      if (deciding.commands.length >= commandsMax) {
        deciding.marks.push({ kind: 'deferred', daemonSet: daemonSet.facts.uid })
      } else {
        decideDaemonSet(deciding, daemonSet)
      }
    }
    keepClusterPace(deciding)
  }
  const { decisions, commands, marks } = deciding
  return {
    position: state.position,
    at: state.now,
    core: coreVersion,
    decisions,
    commands,
    marks,
    wakeAt: wakeAfter(deciding),
  }
}

/**
 * By namespace and name. Where a rate holds for the whole cluster, those that wait for the fewest pods come first: a node that joins,
 * or a small DaemonSet, does not stand behind thousands of pods of another.
 */
function dirtyDaemonSets(state: ClusterState): DaemonSet[] {
  const dirty = [...state.daemonSets.values()].filter(isDirty).sort((a, b) => byName(a.facts, b.facts))
  if (state.creationRate === null) return dirty
  const wanted = new Map(dirty.map(each => [each, each.heldCreations.size + each.dirty.size]))
  return dirty.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0))
}

/** One DaemonSet: history, claims, every dirty slot, the rolling update, clean-up, status (spec §3.1). */
function decideDaemonSet(deciding: Deciding, daemonSet: DaemonSet): void {
  const { state } = deciding
  const { facts } = daemonSet
  // While it is being deleted its objects are the garbage collector's business (spec §3.1 step 5).
  const isLeft = facts.deletedAt !== null
  const isRefused = isEmptySelector(facts.selector)
  settleLost(deciding, daemonSet, !isLeft && !isRefused && state.mode === 'control')
  if (isLeft) {
    dissolveGuard(deciding, daemonSet)
    return
  }
  if (isRefused) {
    refuseSelector(deciding, daemonSet)
    return
  }
  decideNonsense(deciding, daemonSet)
  const revisions = revisionsOf(state, daemonSet)
  deciding.revisions = revisions
  decideRevisions(deciding, daemonSet, revisions)
  claimPods(deciding, daemonSet)
  if (daemonSet.current === null) return

  const awaiting = nodesAwaitingAdoption(deciding, daemonSet)
  decideSlots(deciding, daemonSet, awaiting)
  decideGuarded(deciding, daemonSet)
  const rollout = decideRollout(deciding, daemonSet, revisions)
  keepPace(deciding, daemonSet)
  decideStartupTaints(deciding, daemonSet)
  cleanUpRevisions(deciding, daemonSet, revisions)
  decideStatus(deciding, daemonSet, rollout)
}

function refuseSelector(deciding: Deciding, daemonSet: DaemonSet): void {
  const why = reason('empty-selector', '§3.1 step 4')
  if (daemonSet.lastDecision.endsWith(`|${why.rule}`)) return
  const message = 'This daemon set is selecting all pods. A non-empty selector is required.'
  const commands = recordEvent(deciding, daemonSet, 'Warning', 'SelectingAll', message)
  record(deciding, daemonSet, null, { verdict: null, action: 'none', reason: why, commands })
}

/** A pod that is about to be adopted already stands on its node: nothing is created beside it. */
function nodesAwaitingAdoption(deciding: Deciding, daemonSet: DaemonSet): Set<string> {
  const nodes = new Set<string>()
  for (const key of daemonSet.adoptable) {
    const pod = deciding.state.pods.get(key)
    // One whose adoption was refused lately does not hold the node: the reference would block altogether (spec §6.1).
    const refused =
      pod &&
      isPending(deciding, `AdoptPod/${pod.facts.uid}`) &&
      !deciding.state.flightsByKey.has(`AdoptPod/${pod.facts.uid}`)
    if (pod?.node != null && !refused) nodes.add(pod.node)
  }
  return nodes
}

/**
 * A command without an outcome for too long goes out again: its id and names are as before, so twice is once. Where nothing
 * may be commanded any more it is given up; otherwise its time would stay due for ever.
 */
function settleLost(deciding: Deciding, daemonSet: DaemonSet, mayCommand: boolean): void {
  const { state } = deciding
  for (const { command, since, observed } of state.flights.values()) {
    if (since + flightExpiryMs > state.now) break
    if (command.daemonSet.uid !== daemonSet.facts.uid) continue
    if (observed || !mayCommand) deciding.marks.push({ kind: 'flightDropped', command: command.id })
    else deciding.commands.push({ ...command, position: state.position })
  }
}

/** `wakeAt` as it will be once this decision is part of the state. */
function wakeAfter({ state, marks, commands }: Deciding): number | null {
  let at = wakeAt(state) ?? Number.POSITIVE_INFINITY
  for (const mark of marks) if (mark.kind === 'wake') at = Math.min(at, Number(mark.at))
  if (commands.some(({ type }) => type !== 'RecordEvent')) at = Math.min(at, state.now + flightExpiryMs)
  return Number.isFinite(at) ? at : null
}
