import type { DecisionPoint } from '@rollcall/contracts'
import type { HoldRow, HoldState } from './rows.ts'

/** By cluster and id. */
export type HoldFold = Map<string, HoldRow>

/** Every change of a hold is a decision for its DaemonSet as a whole, with one of these rules. */
const stateAfter: { readonly [rule: string]: HoldState } = {
  'guard-held': 'open',
  'guard-reopened': 'open',
  'guard-rejected': 'rejected',
  'guard-approved': 'approved',
  'guard-dissolved': 'dissolved',
}

export function foldHolds(holds: HoldFold, cluster: string, { position, at, decisions }: DecisionPoint): void {
  for (const { node, daemonSet, reason } of decisions) {
    const state = stateAfter[reason.rule]
    const id = reason.facts.hold
    if (node !== null || state === undefined || typeof id !== 'string') continue
    const key = `${cluster}\u0000${id}`
    const { openedPosition = position, openedAt = at } = holds.get(key) ?? {}
    holds.set(key, { cluster, id, daemonSet, openedPosition, openedAt, state, position, at, facts: reason.facts })
  }
}
