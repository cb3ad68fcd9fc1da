import { groupOf, isLive, isUpdated } from '../pods.ts'
import { hashOf, type Revisions } from '../revisions.ts'
import { asksForAutoPause } from '../rollout-figures.ts'
import type { Rollout } from '../rollout-state.ts'
import type { DaemonSet } from '../state.ts'
import { scaled } from './budget.ts'
import { type Deciding, isPending, issue, reason, record, recordEvent, wakeMark } from './deciding.ts'
import { firstFew } from './rollout-gate.ts'

/** A rollback that was refused, or that nothing came of, is commanded again. */
const rollBackAgainMs = 60_000

/** Whether the rollout pauses itself, and goes back. Returns what it knows of itself from then on. */
export function decideAutoPause(deciding: Deciding, daemonSet: DaemonSet, revisions: Revisions): Rollout {
  const { rollout, policy, totals, oldAvailable, oldUnavailable, current } = daemonSet
  if (!asksForAutoPause(policy) || current === null || rollout.completed) return rollout
  if (rollout.autoPaused !== null) return rollBack(deciding, daemonSet, revisions, rollout)
  const olds = oldAvailable.size + oldUnavailable.size + totals.outside
  if (olds + totals.unsettled + totals.troubled === 0 && totals.onNew > 0) return { ...rollout, completed: true }
  // Before the first revision is out there is nothing to keep.
  if (revisions.old.length === 0 || policy.resume === current.hash) return rollout
  const nodesMin = Math.max(1, scaled(policy.autoPauseNodes, totals.desired) ?? 1)
  if (totals.troubled < nodesMin) return rollout
  return rollBack(deciding, daemonSet, revisions, pause(deciding, daemonSet, nodesMin))
}

function pause(deciding: Deciding, daemonSet: DaemonSet, nodesMin: number): Rollout {
  const { rollout, totals, current, troubledNodes } = daemonSet
  const nodes = firstFew(troubledNodes)
  const count = totals.troubled
  const { trouble, what } = troubleOn(deciding, daemonSet, nodes[0] ?? '')
  const more = count > nodes.length ? ` and ${count - nodes.length} more` : ''
  const message =
    `The rollout of revision ${current?.name} paused itself: its pods are in trouble on ${nodes.join(', ')}${more} (${what}). ` +
    `To go on nevertheless: annotation rollcall.dev/resume=${current?.hash}`
  const commands = recordEvent(deciding, daemonSet, 'Warning', 'RolloutPaused', message)
  const facts = { nodes, count, nodesMin, trouble: what, revision: current?.name ?? null, hash: current?.hash ?? null }
  const why = reason('rollout-pauses-itself', 'docs/annotations.md', facts)
  record(deciding, daemonSet, null, { verdict: null, action: 'wait', reason: why, commands })
  return { ...rollout, autoPaused: { rule: trouble, at: deciding.state.now, nodes, count } }
}

function troubleOn({ state }: Deciding, daemonSet: DaemonSet, node: string): { trouble: string; what: string } {
  const { policy, slots } = daemonSet
  const pod = groupOf(slots.get(node)?.pods ?? []).find(each => isLive(each) && isUpdated(each, daemonSet))?.facts
  if (pod && policy.autoPause && pod.trouble !== null) return { trouble: 'trouble', what: pod.trouble }
  if (pod && policy.autoPauseRestarts !== null && pod.restarts >= policy.autoPauseRestarts) {
    return { trouble: 'restarts', what: `${pod.restarts} restarts` }
  }
  const seconds = pod ? Math.round((state.now - pod.createdAt) / 1000) : 0
  return { trouble: 'notReady', what: `not ready ${seconds} s after it was created` }
}

/** The newest earlier revision, as `kubectl rollout undo` takes it (spec §4.6); never away from one that was gone back to. */
function rollBack(deciding: Deciding, daemonSet: DaemonSet, revisions: Revisions, rollout: Rollout): Rollout {
  const { policy, current, rolledBackTo, facts } = daemonSet
  const { now } = deciding.state
  const target = revisions.old.at(-1)
  if (!policy.autoRollback || policy.resume === current?.hash || !target) return rollout
  if (rolledBackTo !== null && rolledBackTo === current?.hash) return rollout
  if (isPending(deciding, `RollBack/${facts.uid}`)) return rollout
  if (rollout.rolledBackAt !== null && now < rollout.rolledBackAt + rollBackAgainMs) {
    wakeMark(deciding, daemonSet, null, rollout.rolledBackAt + rollBackAgainMs)
    return rollout
  }
  const { name, uid } = target.facts
  const commands = issue(deciding, daemonSet, null, name, {
    type: 'RollBack',
    revision: { name, uid },
    templateDigest: facts.template.digest,
  })
  if (commands.length === 0) return rollout
  deciding.marks.push({ kind: 'rolledBack', daemonSet: facts.uid, to: hashOf(target) })
  const message = `Revision ${current?.name} is in trouble: going back to revision ${name}`
  commands.push(...recordEvent(deciding, daemonSet, 'Warning', 'RollingBack', message))
  const why = reason('rollout-goes-back', '§4.6', { revision: current?.name ?? null, to: name })
  record(deciding, daemonSet, null, { verdict: null, action: 'other', reason: why, commands })
  return { ...rollout, rolledBackAt: now }
}
