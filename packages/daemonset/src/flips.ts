import type { Verdict } from '@rollcall/contracts'
import type { ClusterState, DaemonSet, Slot } from './state.ts'

/** When a node last changed between fitting and not, and how many times in a row with less than the debounce between. */
export type Flip = { readonly at: number; readonly count: number }

/**
 * The verdict on a node was `before`, and has changed because of the node. It begins with a node that fits less than before: one
 * that begins to fit (a new one, as soon as it is ready) is no flip. Where no debounce is asked for, nobody minds.
 */
export function noteFlip(
  state: ClusterState,
  { policy, flips }: DaemonSet,
  { node, verdict }: Slot,
  before: Verdict,
): void {
  if (policy.debounceMs === null) return
  const known = flips.get(node)
  const goesOn = known !== undefined && state.now - known.at <= policy.debounceMs
  if (!goesOn && before !== 'shouldRun' && verdict !== 'shouldNotRun') return
  flips.set(node, { at: state.now, count: goesOn ? known.count + 1 : 1 })
}

/** The flip that is too fresh to act on, and until when; null: none. */
export function freshFlip(
  { now }: ClusterState,
  { policy, flips }: DaemonSet,
  node: string,
): { readonly count: number; readonly until: number } | null {
  const flip = policy.debounceMs === null ? undefined : flips.get(node)
  if (!flip || policy.debounceMs === null) return null
  const until = flip.at + policy.debounceMs
  return until > now ? { count: flip.count, until } : null
}
