import type { Placement } from '@rollcall/contracts/api'

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
