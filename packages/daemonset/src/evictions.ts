import { backOffMs } from './back-off.ts'
import { isHeldBack } from './flights.ts'
import { nodeOfRank } from './rollout-figures.ts'
import type { ClusterState, DaemonSet, Retry } from './state.ts'
import { wakeLater } from './wake.ts'

/** Evictions of one DaemonSet wait together, because its pods most often have one budget: 1 s, doubling up to this. */
const waitMaxMs = 30_000

const keyOf = ({ facts }: DaemonSet): string => `EvictPod/${facts.uid}`

/** A budget has refused an eviction. What is refused while they wait is of the same wave. */
export function holdEvictions(state: ClusterState, daemonSet: DaemonSet): void {
  const key = keyOf(daemonSet)
  if (isHeldBack(state, key)) return
  const failures = (state.retries.get(key)?.failures ?? 0) + 1
  const until = state.now + backOffMs(failures, waitMaxMs)
  state.retries.set(key, { failures, until })
  wakeLater(state, daemonSet.facts.uid, null, until)
}

/** One was allowed, or there is no DaemonSet any more. */
export function releaseEvictions(state: ClusterState, daemonSet: DaemonSet): void {
  state.retries.delete(keyOf(daemonSet))
}

/** Until when this pod's eviction (`mine`), or all of the DaemonSet's, wait after a refusal; null: they do not. */
export function heldEviction(
  state: ClusterState,
  daemonSet: DaemonSet,
  podUid: string,
): { readonly isMine: boolean; readonly retry: Retry } | null {
  for (const key of [`EvictPod/${podUid}`, keyOf(daemonSet)]) {
    const retry = state.retries.get(key)
    if (retry && retry.until > state.now) return { isMine: key !== keyOf(daemonSet), retry }
  }
  return null
}

/** These ranks in their order; after a refusal those first whose pods were refused least, or the first would hold the others for ever. */
export function leastRefusedFirst(
  state: ClusterState,
  daemonSet: DaemonSet,
  ranks: Iterable<string>,
): Iterable<string> {
  // While they wait none is asked for, so whoever comes first by name may say that it waits.
  if (!state.retries.has(keyOf(daemonSet)) || isHeldBack(state, keyOf(daemonSet))) return ranks
  const refusals = (rank: string) => {
    let sum = 0
    for (const { facts } of daemonSet.slots.get(nodeOfRank(rank))?.pods ?? [])
      sum += state.retries.get(`EvictPod/${facts.uid}`)?.failures ?? 0
    return sum
  }
  return [...ranks]
    .map(rank => ({ rank, refusals: refusals(rank) }))
    .sort((a, b) => a.refusals - b.refusals)
    .map(({ rank }) => rank)
}
