import { type Condition, canonicalJson, type DaemonSetStatus } from '@rollcall/contracts'
import { collisionCountOf } from '../revisions.ts'
import type { Rollout } from '../rollout-state.ts'
import { type DaemonSet, knownConditions, knownStatus } from '../state.ts'
import { conditionsOf } from './conditions.ts'
import { type Deciding, isPending, issue, reason, record, wakeMark } from './deciding.ts'

/** Changes of the numbers within this time go out together; a new generation is reported at once. */
const statusIntervalMs = 200

/** The numbers as the state has them (spec §5.1). */
export function statusOf(daemonSet: DaemonSet): DaemonSetStatus {
  const { totals, facts } = daemonSet
  return {
    observedGeneration: facts.generation,
    desiredNumberScheduled: totals.desired,
    currentNumberScheduled: totals.current,
    numberMisscheduled: totals.misscheduled,
    numberReady: totals.ready,
    numberAvailable: totals.available,
    numberUnavailable: totals.desired - totals.available,
    updatedNumberScheduled: totals.updated,
    collisionCount: collisionCountOf(daemonSet),
  }
}

/** A condition whose words alone have changed waits this long for something else to be written with it. */
const wordsIntervalMs = 5_000

/** Writes the status when it differs from the newest known one, one write at a time (spec §5.2). */
export function decideStatus(deciding: Deciding, daemonSet: DaemonSet, rollout: Rollout): void {
  const { now } = deciding.state
  const status = statusOf(daemonSet)
  const known = knownStatus(daemonSet)
  const conditions = conditionsOf(deciding.state, daemonSet, rollout)
  const before = knownConditions(daemonSet)
  const isSame =
    canonicalJson(status) === canonicalJson(known) && canonicalJson(gists(conditions)) === canonicalJson(gists(before))
  if (isSame && canonicalJson(conditions) === canonicalJson(before)) return
  if (isPending(deciding, `WriteStatus/${daemonSet.facts.uid}`)) return
  const notBefore = daemonSet.statusNotBefore + (isSame ? wordsIntervalMs : 0)
  if (known.observedGeneration === status.observedGeneration && now < notBefore) {
    wakeMark(deciding, daemonSet, null, notBefore)
    return
  }
  const isOurs = conditions.length > 0 || before.length > 0
  const commands = issue(deciding, daemonSet, null, 'status', {
    type: 'WriteStatus',
    status,
    conditions: isOurs ? conditions : null,
  })
  if (commands.length === 0) return
  deciding.marks.push({ kind: 'statusWritten', daemonSet: daemonSet.facts.uid, notBefore: now + statusIntervalMs })
  const facts = isOurs ? { ...status, conditions: gists(conditions) } : { ...status }
  record(deciding, daemonSet, null, {
    verdict: null,
    action: 'other',
    reason: reason('status-changed', '§5', facts),
    commands,
  })
}

const gists = (conditions: readonly Condition[]): string[] =>
  conditions.map(({ type, status, reason: why }) => `${type}=${status} ${why}`)
