import type { GuardSettings } from '@rollcall/contracts'
import type { ClusterState, DaemonSet, Slot } from '../state.ts'
import { isLosing, ownedPods } from './settings.ts'

/** A slot whose pods should go, and since when that is so. */
export type Leaving = { readonly slot: Slot; readonly since: number }

/** Where a DaemonSet's losses stand at this moment, by node name. */
export type Judged = {
  /** Lost for the first time. */
  readonly fresh: readonly Leaving[]
  /** Neither held nor approved, nor under way. `fresh` among them. */
  readonly waiting: readonly Leaving[]
  readonly approved: readonly Leaving[]
  /** By the id of their hold. */
  readonly held: ReadonlyMap<string, readonly Slot[]>
  /** The cause is undone, the node is gone, or it happened long ago. */
  readonly forgotten: readonly string[]
  /** Nodes lost within the window, wherever they stand, but not those that somebody approved. */
  readonly count: number
  /** Pods there are, and were before they were lost. */
  readonly total: number
  readonly isTooMany: boolean
}

/** Looks at every loss, and at what this decision point has found to be lost. */
export function judgeLosses(
  state: ClusterState,
  daemonSet: DaemonSet,
  found: readonly Slot[],
  { windowMs, podsMin, share }: GuardSettings,
): Judged {
  const { losses, holds } = daemonSet.guard
  const fresh = found.filter(({ node }) => !losses.has(node)).map(slot => ({ slot, since: state.now }))
  const waiting: Leaving[] = []
  const approved: Leaving[] = []
  const held = new Map<string, Slot[]>()
  const forgotten: string[] = []
  let count = fresh.length
  let gone = 0
  for (const [node, loss] of [...losses].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const slot = daemonSet.slots.get(node)
    const isRecent = state.now - loss.since < windowMs
    if (slot?.verdict !== 'shouldNotRun') {
      forgotten.push(node)
    } else if (!isLosing(slot)) {
      // Its pod has gone. A mistake that goes on is known by what it has cost already.
      if (loss.isApproved || !isRecent) forgotten.push(node)
      else count += 1
      if (slot.pods.size === 0) gone += 1
    } else if (loss.isApproved) {
      if (slot.inFlight === 0) approved.push({ slot, since: loss.since })
    } else {
      if (isRecent) count += 1
      if (loss.hold !== null && holds.has(loss.hold)) file(held, loss.hold, slot)
      else if (slot.inFlight === 0) waiting.push({ slot, since: loss.since })
    }
  }
  const total = ownedPods(state, daemonSet) + gone
  const isTooMany = count > podsMin && count > share * total
  waiting.push(...fresh)
  return { fresh, waiting, approved, held, forgotten, count, total, isTooMany }
}

function file(held: Map<string, Slot[]>, hold: string, slot: Slot): void {
  const slots = held.get(hold)
  if (slots) slots.push(slot)
  else held.set(hold, [slot])
}
