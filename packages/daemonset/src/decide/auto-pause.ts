import { groupOf, isLive, isUpdated } from '../pods.ts'
import { hashOf, type Revisions } from '../revisions.ts'
import { asksForAutoPause, isStuck } from '../rollout-figures.ts'
import type { Rollout } from '../rollout-state.ts'
import type { DaemonSet, Revision } from '../state.ts'
import { scaled } from './budget.ts'
import { type Deciding, isPending, issue, reason, record, recordEvent, wakeMark } from './deciding.ts'
import { firstFew, isResumed } from './rollout-gate.ts'

/** A rollback that was refused, or that nothing came of, is commanded again. */
const rollBackAgainMs = 60_000

/** So many bad templates are remembered: more than a history of usual length holds. */
const knownBadMax = 32

/** Whether the rollout pauses itself, and goes back. Returns what it knows of itself from then on. */
export function decideAutoPause(deciding: Deciding, daemonSet: DaemonSet, revisions: Revisions): Rollout {
  const { rollout, policy, totals, oldAvailable, oldUnavailable, current } = daemonSet
  acquit(deciding, daemonSet)
  if (!asksForAutoPause(policy) || current === null || rollout.completed) return rollout
  if (rollout.autoPaused !== null) return rollBack(deciding, daemonSet, revisions, rollout)
  const olds = oldAvailable.size + oldUnavailable.size + totals.outside
  const open = totals.unsettled + totals.troubled + totals.lost
  if (olds + open === 0 && totals.onNew > 0) return { ...rollout, completed: true }
  // Before the first revision is out there is nothing to keep.
  if (revisions.old.length === 0 || isResumed(daemonSet)) return rollout
  const nodesMin = Math.max(1, scaled(policy.autoPauseNodes, totals.desired) ?? 1)
  if (totals.troubled < nodesMin) return rollout
  return rollBack(deciding, daemonSet, revisions, pause(deciding, daemonSet, revisions, nodesMin))
}

/** What is out everywhere, and available, is not bad after all: somebody let it go on. */
function acquit({ marks }: Deciding, { totals, knownBad, facts }: DaemonSet): void {
  const { digest } = facts.template
  if (!knownBad.includes(digest) || totals.updated < totals.desired || totals.available < totals.desired) return
  marks.push({ kind: 'knownBad', daemonSet: facts.uid, templates: knownBad.filter(each => each !== digest) })
}

function pause(deciding: Deciding, daemonSet: DaemonSet, revisions: Revisions, nodesMin: number): Rollout {
  const { rollout, totals, current, troubledNodes, policy } = daemonSet
  condemn(deciding, daemonSet)
  const nodes = firstFew(troubledNodes)
  const count = totals.troubled
  const { trouble, what } = troubleOn(deciding, daemonSet, nodes[0] ?? '')
  const more = count > nodes.length ? ` and ${count - nodes.length} more` : ''
  const hasNone = policy.autoRollback && targetOf(daemonSet, revisions) === undefined
  const message =
    `The rollout of revision ${current?.name} paused itself: its pods are in trouble on ${nodes.join(', ')}${more} (${what}). ` +
    `To go on nevertheless: annotation rollcall.dev/resume=${current?.hash}` +
    (hasNone ? '. There is no earlier revision to go back to that did not pause itself, too' : '')
  const commands = recordEvent(deciding, daemonSet, 'Warning', 'RolloutPaused', message)
  const facts = { nodes, count, nodesMin, trouble: what, revision: current?.name ?? null, hash: current?.hash ?? null }
  const why = reason('rollout-pauses-itself', 'docs/annotations.md', facts)
  record(deciding, daemonSet, null, { verdict: null, action: 'wait', reason: why, commands })
  return { ...rollout, autoPaused: { rule: trouble, at: deciding.state.now, nodes, count } }
}

function troubleOn({ state }: Deciding, daemonSet: DaemonSet, node: string): { trouble: string; what: string } {
  const { policy, slots } = daemonSet
  const pod = groupOf(slots.get(node)?.pods ?? []).find(each => isLive(each) && isUpdated(each, daemonSet))?.facts
  if (pod?.trouble && policy.autoPause && isStuck(policy, pod)) return { trouble: 'trouble', what: pod.trouble }
  if (pod && policy.autoPauseRestarts !== null && pod.restarts >= policy.autoPauseRestarts) {
    return { trouble: 'restarts', what: `${pod.restarts} restarts` }
  }
  const seconds = pod ? Math.round((state.now - pod.createdAt) / 1000) : 0
  return { trouble: 'notReady', what: `not ready ${seconds} s after it was created` }
}

function condemn({ marks }: Deciding, { knownBad, facts }: DaemonSet): void {
  const { digest } = facts.template
  const others = knownBad.filter(each => each !== digest)
  marks.push({ kind: 'knownBad', daemonSet: facts.uid, templates: [...others, digest].slice(-knownBadMax) })
}

/** The newest earlier revision, as `kubectl rollout undo` takes it (spec §4.6), whose own rollout did not pause itself. */
function targetOf({ knownBad }: DaemonSet, { old }: Revisions): Revision | undefined {
  return old.findLast(({ facts: { templateDigest } }) => templateDigest !== null && !knownBad.includes(templateDigest))
}

/** Goes back to an earlier revision, where that is asked for; never away from one that was gone back to. */
function rollBack(deciding: Deciding, daemonSet: DaemonSet, revisions: Revisions, rollout: Rollout): Rollout {
  const { policy, current, rolledBackTo, facts } = daemonSet
  const { now } = deciding.state
  const target = targetOf(daemonSet, revisions)
  if (!policy.autoRollback || isResumed(daemonSet) || !target) return rollout
  if (rolledBackTo === facts.template.digest) return rollout
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
  const template = target.facts.templateDigest
  deciding.marks.push({ kind: 'rolledBack', daemonSet: facts.uid, to: hashOf(target), template })
  const message = `Revision ${current?.name} is in trouble: going back to revision ${name}`
  commands.push(...recordEvent(deciding, daemonSet, 'Warning', 'RollingBack', message))
  const why = reason('rollout-goes-back', '§4.6', { revision: current?.name ?? null, to: name })
  record(deciding, daemonSet, null, { verdict: null, action: 'other', reason: why, commands })
  return { ...rollout, rolledBackAt: now }
}
