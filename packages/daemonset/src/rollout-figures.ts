import type { NodeFacts, PodFacts } from '@rollcall/contracts'
import { isHealthy } from './node-health.ts'
import { stopOf } from './node-stops.ts'
import type { Policy } from './policy/index.ts'
import { selectorMatches } from './selectors.ts'
import type { ClusterState, DaemonSet, Figures, Pod, Slot } from './state.ts'
import { wakeLater } from './wake.ts'

/** What a slot counts as beyond the built-in's classes, where annotations ask for it. `fresh`: its pod of the present template. */
export function countPolicy(
  state: ClusterState,
  daemonSet: DaemonSet,
  slot: Slot,
  figures: Figures,
  fresh: Pod | null,
): void {
  const { policy } = daemonSet
  const node = state.nodes.get(slot.node)
  const run = slot.verdict === 'shouldRun'
  const isUnderWay = figures.rollout === 'busy' || figures.rollout === 'excess'
  const isOld = figures.rollout === 'oldAvailable' || figures.rollout === 'oldUnavailable'
  // Where the replacement was refused, the old pod is as it was.
  const isReached = slot.reach !== null && !isOld
  if (run && (fresh !== null || isReached || isUnderWay)) figures.onNew = 1
  if (policy.unhealthyNodes === 'ignore' && !isHealthy(node)) {
    if (node && slot.reach === 'healthy' && !isOld && isBlamed(node, fresh)) figures.lost = 1
    figures.rollout = 'aside'
    figures.unavailableInRollout = 0
    figures.surging = 0
  }
  if (run && (figures.rollout === 'oldAvailable' || figures.rollout === 'oldUnavailable')) {
    const isStopped = node !== undefined && policy.holdsOn.length > 0 && stopOf(node, policy.holdsOn) !== null
    if (isOutside(state, daemonSet, slot.node)) {
      figures.outside = 1
    } else if (isStopped) {
      // Its pod could not be created there again: the others do not wait for it.
      figures.outside = 1
      figures.stopped = 1
    }
    if (figures.outside === 1) figures.rollout = 'outside'
  }
  if (!run) return
  if (figures.available === 0) figures.missing = 1
  const counts = figures.rollout !== 'aside' || figures.lost === 1
  if (fresh !== null && counts && isInTrouble(state, daemonSet, slot, fresh)) figures.troubled = 1
  switch (figures.rollout) {
    case 'busy':
    case 'excess':
    case 'vacant':
    case 'both':
    case 'bothAvailable':
    case 'newUnavailable':
      figures.unsettled = 1
      figures.open = groupOfNode(state, daemonSet, slot.node)
      return
    case 'oldAvailable':
    case 'oldUnavailable':
      figures.open = groupOfNode(state, daemonSet, slot.node)
      return
    case 'newAvailable':
    case 'outside':
    case 'aside':
    case 'none':
      return
  }
}

/** A node that is lost later than this after it got its new pod was not killed by it. */
const blamedMs = 10 * 60_000

function isBlamed({ conditions }: NodeFacts, fresh: Pod | null): boolean {
  const since = conditions.find(({ type }) => type === 'Ready')?.since ?? null
  return fresh === null || since === null || since - fresh.facts.createdAt <= blamedMs
}

/** Whether the canary leaves the node out. */
export function isOutside(state: ClusterState, { policy }: DaemonSet, name: string): boolean {
  const node = policy.canaryNodes === null ? undefined : state.nodes.get(name)
  return node !== undefined && !selectorMatches(policy.canaryNodes, node.labels)
}

/** The value of the label that orders the rollout; null: none does. */
export function groupOfNode(state: ClusterState, { policy }: DaemonSet, node: string): string | null {
  if (policy.rolloutOrder === null) return null
  return state.nodes.get(node)?.labels[policy.rolloutOrder] ?? ''
}

/**
 * The slot's place in the order of the rollout: `group node`, or the node alone. Neither can hold a space, and it sorts before all
 * that they can hold: so ranks are in the order of their groups, also where one group's name begins another's (`a`, `a-b`).
 */
export function rankOf(state: ClusterState, daemonSet: DaemonSet, node: string): string {
  const group = groupOfNode(state, daemonSet, node)
  return group === null ? node : `${group} ${node}`
}

export const groupOfRank = (rank: string): string => rank.slice(0, Math.max(0, rank.lastIndexOf(' ')))
export const nodeOfRank = (rank: string): string => rank.slice(rank.lastIndexOf(' ') + 1)

/** Whether the rollout is to pause itself, for whatever trouble. */
export const asksForAutoPause = ({ autoPause, autoPauseRestarts, autoPauseNotReady }: Policy): boolean =>
  autoPause || autoPauseRestarts !== null || autoPauseNotReady !== null

/** Restarts that make a crash loop of crashes: one crash, be it of the node, is none. */
const loopRestarts = 2

/** What does not pass by itself. */
export function isStuck({ autoPauseRestarts }: Policy, { trouble, restarts }: PodFacts): boolean {
  if (trouble !== 'CrashLoopBackOff') return trouble !== null
  return restarts >= (autoPauseRestarts ?? loopRestarts)
}

function isInTrouble(state: ClusterState, { policy, facts: { uid } }: DaemonSet, slot: Slot, { facts }: Pod): boolean {
  // Where nothing shall pause, what is told in the status is what anybody would call trouble.
  if ((policy.autoPause || !asksForAutoPause(policy)) && isStuck(policy, facts)) return true
  if (policy.autoPauseRestarts !== null && facts.restarts >= policy.autoPauseRestarts) return true
  if (policy.autoPauseNotReady === null || facts.ready) return false
  const due = facts.createdAt + policy.autoPauseNotReady
  if (due > state.now) wakeLater(state, uid, slot.node, due)
  return due <= state.now
}
