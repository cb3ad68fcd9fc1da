import type { Rate, Reason } from '@rollcall/contracts'
import { creationsAllowed, outpaced, refusedLately } from '../creations.ts'
import { createKey, isHeldBack } from '../flights.ts'
import { freshFlip } from '../flips.ts'
import { stopOf } from '../node-stops.ts'
import { allowedAt, allowedNow, paceAfter } from '../pace.ts'
import { groupOf, isLive } from '../pods.ts'
import { byName, type DaemonSet, type Slot } from '../state.ts'
import { strayBefore } from '../strays.ts'
import { type Deciding, reason, wakeMark } from './deciding.ts'

/** Why the slot's pod is not created now; null: nothing holds it back. Whatever is said here wakes the slot when it ends. */
export function whyNotCreate(deciding: Deciding, daemonSet: DaemonSet, slot: Slot): Reason | null {
  return (
    onStoppedNode(deciding, daemonSet, slot) ??
    behindPredecessor(deciding, daemonSet, slot) ??
    whileItFlaps(deciding, daemonSet, slot) ??
    afterRefusal(deciding, daemonSet, slot) ??
    outOfPace(deciding, daemonSet, slot)
  )
}

/** The node's own change wakes the slot. */
export function onStoppedNode({ state }: Deciding, { policy }: DaemonSet, slot: Slot): Reason | null {
  const node = policy.holdsOn.length === 0 ? undefined : state.nodes.get(slot.node)
  const stop = node ? stopOf(node, policy.holdsOn) : null
  return stop && reason('node-being-stopped', 'k/k#122912', { ...stop })
}

/** Its end wakes the slot. */
function behindPredecessor({ state }: Deciding, daemonSet: DaemonSet, { node, pods }: Slot): Reason | null {
  if (!daemonSet.policy.waitsForPredecessor) return null
  const group = groupOf(pods)
  const own = group.some(isLive) ? undefined : group[0]
  const before = own ?? strayBefore(state, daemonSet, node)
  if (!before) return null
  const { name, deletedAt } = before.facts
  return reason('predecessor-on-node', 'k/k#131684', { pod: name, isOwn: own !== undefined, deletedAt })
}

function whileItFlaps(deciding: Deciding, daemonSet: DaemonSet, { node }: Slot): Reason | null {
  const flip = freshFlip(deciding.state, daemonSet, node)
  if (!flip) return null
  wakeMark(deciding, daemonSet, node, flip.until)
  return reason('node-flaps', 'k/k#53556', { fits: true, flips: flip.count, until: flip.until })
}

/** How many creations of the DaemonSet may still be issued at this decision point. */
export function creationsLeft(deciding: Deciding, daemonSet: DaemonSet): number {
  const left = Math.min(leftAfterRefusals(deciding, daemonSet), leftOfPace(deciding, daemonSet))
  return Math.min(left, leftOfClusterPace(deciding))
}

const issuedHere = ({ creations }: Deciding, { facts }: DaemonSet): number => creations.get(facts.uid) ?? 0

function leftAfterRefusals(deciding: Deciding, daemonSet: DaemonSet): number {
  return creationsAllowed(deciding.state, daemonSet) - issuedHere(deciding, daemonSet)
}

function leftOfPace(deciding: Deciding, daemonSet: DaemonSet): number {
  const { policy, pace } = daemonSet
  if (policy.creationRate === null) return Number.POSITIVE_INFINITY
  return allowedNow(policy.creationRate, pace, deciding.state.now) - issuedHere(deciding, daemonSet)
}

const issuedInAll = ({ creations }: Deciding): number => [...creations.values()].reduce((sum, count) => sum + count, 0)

function leftOfClusterPace(deciding: Deciding): number {
  const { creationRate, pace, now } = deciding.state
  if (creationRate === null) return Number.POSITIVE_INFINITY
  return allowedNow(creationRate, pace, now) - issuedInAll(deciding)
}

/** The state wakes the slot, or the DaemonSet, when it is over. */
function afterRefusal(deciding: Deciding, daemonSet: DaemonSet, { node }: Slot): Reason | null {
  const isHeld = isHeldBack(deciding.state, createKey(daemonSet.facts.uid, node))
  if (!isHeld && leftAfterRefusals(deciding, daemonSet) > 0) return null
  const { refusals = 0, until = null } = daemonSet.creationHold ?? {}
  return reason(refusedLately, '§3.6', { refusals, until })
}

function outOfPace(deciding: Deciding, daemonSet: DaemonSet, { node }: Slot): Reason | null {
  const rate = usedUpRate(deciding, daemonSet)
  if (rate === null) return null
  if (!daemonSet.heldCreations.has(node)) lengthenLine(deciding, daemonSet, 1)
  return reason(outpaced, 'k/k#113287', rate)
}

/** The rate that lets no more be created now, and whose it is. */
function usedUpRate(deciding: Deciding, daemonSet: DaemonSet): (Rate & { readonly of: string }) | null {
  const own = daemonSet.policy.creationRate
  if (own !== null && leftOfPace(deciding, daemonSet) <= 0) return { ...own, of: 'daemonSet' }
  const { creationRate } = deciding.state
  return creationRate !== null && leftOfClusterPace(deciding) <= 0 ? { ...creationRate, of: 'cluster' } : null
}

/** Whether one more, beside an old pod that stays, has to wait for its turn; the DaemonSet is woken when it may be. */
export function waitsForTurn(deciding: Deciding, daemonSet: DaemonSet): boolean {
  if (usedUpRate(deciding, daemonSet) === null) return false
  if ((deciding.line.get(daemonSet.facts.uid) ?? 0) <= 0) lengthenLine(deciding, daemonSet, 1)
  return true
}

/** The slot's pod is created: it stands in line no longer. */
export function leaveLine(deciding: Deciding, daemonSet: DaemonSet, { node }: Slot): void {
  if (daemonSet.heldCreations.has(node)) lengthenLine(deciding, daemonSet, -1)
}

function lengthenLine({ line }: Deciding, { facts }: DaemonSet, by: 1 | -1): void {
  line.set(facts.uid, (line.get(facts.uid) ?? 0) + by)
}

/** The same for the rate of the whole cluster, at the end of the decision point: whoever has pods in line is woken when one may come. */
export function keepClusterPace(deciding: Deciding): void {
  const { creationRate, now, daemonSets } = deciding.state
  let { pace } = deciding.state
  if (creationRate === null) return
  const made = issuedInAll(deciding)
  if (made > 0) {
    pace = paceAfter(creationRate, pace, now, made)
    deciding.marks.push({ kind: 'creationPace', daemonSet: null, ...pace })
  }
  if (pace === null) return
  for (const daemonSet of [...daemonSets.values()].sort((a, b) => byName(a.facts, b.facts))) {
    const waiting = waitingIn(deciding, daemonSet)
    const due = waiting > 0 ? allowedAt(creationRate, pace, waiting) : now
    if (due > now) wakeMark(deciding, daemonSet, null, due)
  }
}

const waitingIn = ({ line }: Deciding, { facts, heldCreations }: DaemonSet): number =>
  heldCreations.size + (line.get(facts.uid) ?? 0)

/** Keeps what this decision point has created of what its rate allows, and wakes the DaemonSet for those that stand in line. */
export function keepPace(deciding: Deciding, daemonSet: DaemonSet): void {
  const { policy, facts } = daemonSet
  const { now } = deciding.state
  if (policy.creationRate === null) return
  const made = issuedHere(deciding, daemonSet)
  let { pace } = daemonSet
  if (made > 0) {
    pace = paceAfter(policy.creationRate, pace, now, made)
    deciding.marks.push({ kind: 'creationPace', daemonSet: facts.uid, ...pace })
  }
  const waiting = waitingIn(deciding, daemonSet)
  if (pace && waiting > 0) {
    const due = allowedAt(policy.creationRate, pace, waiting)
    if (due > now) wakeMark(deciding, daemonSet, null, due)
  }
}
