import type { Reason } from '@rollcall/contracts'
import type { Rollout } from '../rollout-state.ts'
import type { DaemonSet } from '../state.ts'
import { type Deciding, reason, recordAnew } from './deciding.ts'

/** Why pods of older templates stay: whoever deletes one gets the present template (spec §4.1); null: there are none. */
export function whatOnDeleteLeaves({ oldAvailable, oldUnavailable, totals, current }: DaemonSet): Reason | null {
  const waiting = oldAvailable.size + oldUnavailable.size + totals.outside
  if (waiting === 0) return null
  return reason('rollout-on-delete', '§4.1', { waiting, revision: current?.name ?? null, hash: current?.hash ?? null })
}

/** With OnDelete nothing is replaced. That is on record once for each template, and takes the place of what held its rollout before. */
export function decideOnDelete(deciding: Deciding, daemonSet: DaemonSet): Rollout {
  const { rollout, current, facts } = daemonSet
  const left = whatOnDeleteLeaves(daemonSet)
  const held = left?.rule ?? ''
  if (held === rollout.held) return rollout
  const next = { ...rollout, held }
  const goesOn = reason('rollout-goes-on', 'docs/annotations.md', { revision: current?.name ?? null })
  recordAnew(deciding, daemonSet, null, { verdict: null, action: left ? 'wait' : 'other', reason: left ?? goesOn })
  deciding.marks.push({ kind: 'rollout', daemonSet: facts.uid, rollout: next })
  return next
}
