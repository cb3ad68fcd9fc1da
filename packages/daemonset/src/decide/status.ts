import { canonicalJson, type DaemonSetStatus } from '@rollcall/contracts'
import { collisionCountOf } from '../revisions.ts'
import { type DaemonSet, knownStatus } from '../state.ts'
import { type Deciding, issue, reason, record, wakeMark } from './deciding.ts'
import { isPending } from './revisions.ts'

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

/** Writes the status when it differs from the newest known one, one write at a time (spec §5.2). */
export function decideStatus(deciding: Deciding, daemonSet: DaemonSet): void {
  const { now } = deciding.state
  const status = statusOf(daemonSet)
  const known = knownStatus(daemonSet)
  if (canonicalJson(status) === canonicalJson(known)) return
  if (isPending(deciding, `WriteStatus/${daemonSet.facts.uid}`)) return
  if (known.observedGeneration === status.observedGeneration && now < daemonSet.statusNotBefore) {
    wakeMark(deciding, daemonSet, null, daemonSet.statusNotBefore)
    return
  }
  const commands = issue(deciding, daemonSet, null, 'status', { type: 'WriteStatus', status, conditions: null })
  if (commands.length === 0) return
  deciding.marks.push({ kind: 'statusWritten', daemonSet: daemonSet.facts.uid, notBefore: now + statusIntervalMs })
  record(deciding, daemonSet, null, {
    verdict: null,
    action: 'other',
    reason: reason('status-changed', '§5', { ...status }),
    commands,
  })
}
