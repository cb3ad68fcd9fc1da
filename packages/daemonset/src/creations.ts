import { backOffMs } from './back-off.ts'
import { createKey } from './flights.ts'
import type { ClusterState, DaemonSet } from './state.ts'
import { wakeLater } from './wake.ts'

/** The rule of a slot that waits because its creation, or those of its DaemonSet, were refused. */
export const refusedLately = 'creation-refused-lately'

/** The rule of a slot that waits because its DaemonSet creates so many in a time only. */
export const outpaced = 'creation-rate'

/** Slots that wait so stand in line: whatever lets one create lets the first of them. */
const standsInLine = [refusedLately, outpaced].map(rule => `|wait|${rule}`)

const waitMaxMs = 5 * 60_000
/** A namespace that is going away refuses creations until it is gone; asking often helps nobody. */
const namespaceEndsWaitMs = 5 * 60_000

/**
 * The API server refused a creation, and most often (a quota, an admission rule) would refuse all of the DaemonSet: they wait
 * together, 1 s doubling up to 5 min, and then one tries (spec §3.6). What is refused while they wait is of the same wave.
 */
export function holdCreations(
  state: ClusterState,
  daemonSet: DaemonSet,
  { isRefusal, namespaceEnds }: { isRefusal: boolean; namespaceEnds: boolean },
): void {
  const { creationHold: hold } = daemonSet
  if (hold && hold.until > state.now) return
  const refusals = (hold?.refusals ?? 0) + (isRefusal ? 1 : 0)
  const waitMs = backOffMs(refusals, waitMaxMs)
  const until = state.now + (namespaceEnds ? namespaceEndsWaitMs : waitMs)
  daemonSet.creationHold = { refusals, until, atOnce: 1 }
  wakeLater(state, daemonSet.facts.uid, null, until)
}

/** Every success lets one more try at a time, so they double with each round; when none waits any more, all is as before. */
export function releaseCreations(daemonSet: DaemonSet): void {
  const { creationHold: hold } = daemonSet
  if (!hold) return
  daemonSet.creationHold =
    daemonSet.heldCreations.size === 0 ? null : { ...hold, refusals: 0, until: 0, atOnce: hold.atOnce + 1 }
}

/** How many more creations may be under way now. */
export function creationsAllowed(state: ClusterState, { creationHold: hold, creating }: DaemonSet): number {
  if (!hold) return Number.POSITIVE_INFINITY
  return hold.until > state.now ? 0 : Math.max(0, hold.atOnce - creating)
}

/** What a slot's last recorded decision says of its creation. */
export function noteHeld(daemonSet: DaemonSet, node: string, lastDecision: string): void {
  if (standsInLine.some(end => lastDecision.endsWith(end))) daemonSet.heldCreations.add(node)
  else daemonSet.heldCreations.delete(node)
}

/** The slot is no more. */
export function forgetCreation(state: ClusterState, daemonSet: DaemonSet, node: string): void {
  daemonSet.heldCreations.delete(node)
  state.retries.delete(createKey(daemonSet.facts.uid, node))
}
