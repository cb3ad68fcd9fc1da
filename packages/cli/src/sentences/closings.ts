import type { Placement } from '@rollcall/contracts/api'

/** Rules that end pods, as the short reason for an end. The decision tells it with its facts. */
const endedBy: { readonly [rule: string]: string } = {
  'node-name-mismatch': 'its template is for another node',
  'node-selector-mismatch': 'the node does not fit the nodeSelector any more',
  'node-affinity-mismatch': 'the node does not fit the node affinity any more',
  'taint-not-tolerated': 'the node has a taint that is not tolerated',
  'node-gone': 'its node is gone',
  'pod-succeeded': 'it had ended, and was replaced',
  'pod-failed': 'it had failed, and was replaced',
  duplicate: 'there was more than one on the node',
  'rollout-replace': 'replaced by the rolling update',
  'rollout-replace-unavailable': 'replaced by the rolling update (it was not available)',
  'surge-finish': 'its successor of the rolling update is available',
  'surge-leave-node': 'its DaemonSet leaves the node',
  'surge-sunset': 'its DaemonSet leaves the node',
  'pods-claimed': 'released: it does not match the selector any more',
}

/** Why a placement ended, in one clause. */
export function endingWords(placement: Placement): string {
  const cause = placement.closed?.cause ?? null
  return closingWords(placement) ?? (cause === null ? 'by a command' : (endedBy[cause] ?? `by the rule ${cause}`))
}

/** Why a placement ended when no command of Rollcall ended it; null: a command did, and its decision says why. */
export function closingWords({ closed }: Placement): string | null {
  if (closed === null || closed.by !== null) return null
  const inferred = closed.inferred ? ' (not seen, but concluded from a list in which it was missing)' : ''
  switch (closed.cause) {
    case 'vanished':
      return 'it was gone when the cluster was listed again: others deleted it meanwhile'
    case 'deleted by others':
      return `others deleted it, not Rollcall${inferred}`
    case 'changed owner':
      return 'it belongs to that DaemonSet no longer: its owner reference changed'
    case 'moved':
      return 'it turned out to be on another node'
    default:
      return `it ended${closed.cause === null ? '' : ` (${closed.cause})`}${inferred}`
  }
}
