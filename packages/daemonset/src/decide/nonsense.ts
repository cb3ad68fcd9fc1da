import type { DaemonSet } from '../state.ts'
import { type Deciding, reason, record, recordEvent } from './deciding.ts'

/** Annotations that cannot be followed: one Kubernetes Event for each, once for as long as it stands. */
export function decideNonsense(deciding: Deciding, daemonSet: DaemonSet): void {
  const { policy, saidNonsense, facts } = daemonSet
  const said = policy.nonsense.map(({ message }) => message)
  if (said.join('\n') === saidNonsense.join('\n')) return
  deciding.marks.push({ kind: 'nonsenseSaid', daemonSet: facts.uid, messages: said })
  const fresh = policy.nonsense.filter(({ message }) => !saidNonsense.includes(message))
  if (fresh.length === 0) return
  const commands = fresh.flatMap(({ message }) =>
    recordEvent(deciding, daemonSet, 'Warning', 'InvalidAnnotation', message),
  )
  const why = reason('annotation-invalid', 'docs/annotations.md', {
    annotations: fresh.map(({ name }) => name),
    messages: fresh.map(({ message }) => message),
  })
  record(deciding, daemonSet, null, { verdict: null, action: 'other', reason: why, commands })
}
