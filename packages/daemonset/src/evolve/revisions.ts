import type { CommandType, Effect, EventOf, RevisionFacts } from '@rollcall/contracts'
import { noteTwins, settleRevision } from '../revisions.ts'
import { selectorMatches } from '../selectors.ts'
import { type ClusterState, indexAdd, indexDelete, keyOf, type Revision } from '../state.ts'
import { wakeWhole } from '../wake.ts'
import { reach, reachByWatch } from './reach.ts'
import { isStale } from './stale.ts'

/** What may be tried again later of one revision. */
const revisionChanges = [
  'UpdateRevision',
  'AdoptRevision',
  'ReleaseRevision',
  'DeleteRevision',
] as const satisfies readonly CommandType[]

export function revisionObserved(
  state: ClusterState,
  { revision: facts }: EventOf<'RevisionObserved'>,
): Effect[] | null {
  const held = state.revisions.get(keyOf(facts.namespace, facts.name))
  if (isStale(state, 'ControllerRevision', held?.facts, facts, held?.provisional)) return null
  reachByWatch(state, 'ControllerRevision', facts.resourceVersion)
  const effects: Effect[] = []
  if (held && held.facts.uid !== facts.uid) effects.push(...forgetRevision(state, held, true))
  effects.push(putRevision(state, facts, false))
  return effects
}

export function revisionGone(state: ClusterState, event: EventOf<'RevisionGone'>): Effect[] | null {
  const held = state.revisions.get(keyOf(event.namespace, event.name))
  if (held?.facts.uid !== event.uid) return null
  reach(state, 'ControllerRevision', event.resourceVersion)
  return forgetRevision(state, held, false)
}

export function putRevision(state: ClusterState, facts: RevisionFacts, provisional: boolean): Effect {
  const key = keyOf(facts.namespace, facts.name)
  const held = state.revisions.get(key)
  state.revisions.set(key, { facts, provisional })
  indexAdd(state.revisionsByNamespace, facts.namespace, key)
  notice(state, facts, !held)
  return { kind: 'revisionPut', revision: facts }
}

export function forgetRevision(state: ClusterState, revision: Revision, inferred: boolean): Effect[] {
  const { facts } = revision
  const key = keyOf(facts.namespace, facts.name)
  state.revisions.delete(key)
  for (const type of revisionChanges) state.retries.delete(`${type}/${facts.uid}`)
  indexDelete(state.revisionsByNamespace, facts.namespace, key)
  notice(state, facts, false)
  return [{ kind: 'revisionGone', revision: facts, inferred }]
}

/** Whom a revision concerns: its owner, and who uses it; or, for an orphan, every DaemonSet that matches. */
function notice(state: ClusterState, facts: RevisionFacts, isNew: boolean): void {
  for (const daemonSet of state.daemonSetsByNamespace.get(facts.namespace)?.values() ?? []) {
    const owned = facts.owner?.uid === daemonSet.facts.uid
    const adoptable = facts.owner === null && selectorMatches(daemonSet.facts.selector, facts.labels)
    const used = facts.uid === daemonSet.current?.uid && !adoptable
    if (!owned && !used && !adoptable) continue
    if (owned && isNew && daemonSet.current !== null) {
      // A new owned revision wakes nobody: clients expect to see it before it is merged away (spec §3.8, §9.8 E11).
      noteTwins(state, daemonSet)
      continue
    }
    if (owned || used) settleRevision(state, daemonSet)
    wakeWhole(state, daemonSet)
  }
}
