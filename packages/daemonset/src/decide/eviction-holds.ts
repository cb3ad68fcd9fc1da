import { heldEviction } from '../evictions.ts'
import type { DaemonSet, Pod, Slot } from '../state.ts'
import { type Deciding, reason, record, wakeMark } from './deciding.ts'

/**
 * Whether the pod waits because its eviction (`pod`), or another of its DaemonSet (`daemonSet`), was refused lately; it is said,
 * and looked at again when that is over. Null: it does not.
 */
export function waitsForEviction(
  deciding: Deciding,
  daemonSet: DaemonSet,
  { node, verdict }: Slot,
  { facts }: Pod,
): 'pod' | 'daemonSet' | null {
  if (daemonSet.policy.removal !== 'evict') return null
  const held = heldEviction(deciding.state, daemonSet, facts.uid)
  if (!held) return null
  const { failures, until } = held.retry
  wakeMark(deciding, daemonSet, node, until)
  const why = reason('eviction-refused', 'k/k#95374', {
    pod: facts.name,
    refusals: failures,
    until,
    isMine: held.isMine,
  })
  record(deciding, daemonSet, node, { verdict, action: 'wait', reason: why })
  return held.isMine ? 'pod' : 'daemonSet'
}
