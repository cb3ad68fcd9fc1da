import { revisionHash } from '@rollcall/contracts'
import { hashLabel } from './pods.ts'
import { selectorMatches } from './selectors.ts'
import { countAll } from './slots.ts'
import { type ClusterState, type DaemonSet, keyOf, knownStatus, type PresentRevision, type Revision } from './state.ts'
import { wakeAll } from './wake.ts'

/** A DaemonSet's revisions as they stand (spec §4.7), each list by name. */
export type Revisions = {
  /** Those whose template is the present one, best first: highest number, ties by name (the later one). */
  readonly current: readonly Revision[]
  /** The others, lowest number first. */
  readonly old: readonly Revision[]
  /** Orphans that match and are not being deleted. */
  readonly adoptable: readonly Revision[]
  /** Owned, but the labels do not match the selector any more. */
  readonly releasable: readonly Revision[]
}

export function revisionsOf(state: ClusterState, { facts }: DaemonSet): Revisions {
  const claimed: Revision[] = []
  const adoptable: Revision[] = []
  const releasable: Revision[] = []
  for (const key of [...(state.revisionsByNamespace.get(facts.namespace) ?? [])].sort()) {
    const revision = state.revisions.get(key)
    if (!revision) continue
    const { owner, labels, deletedAt } = revision.facts
    const matches = selectorMatches(facts.selector, labels)
    if (owner === null) {
      if (matches && deletedAt === null) adoptable.push(revision)
    } else if (owner.uid === facts.uid) {
      if (matches) claimed.push(revision)
      else releasable.push(revision)
    }
  }
  const isCurrent = (revision: Revision) => revision.facts.templateDigest === facts.template.digest
  const byNumber = (a: Revision, b: Revision) =>
    a.facts.revision - b.facts.revision || (a.facts.name < b.facts.name ? -1 : 1)
  return {
    current: claimed.filter(isCurrent).sort(byNumber).reverse(),
    old: claimed.filter(revision => !isCurrent(revision)).sort(byNumber),
    adoptable,
    releasable,
  }
}

/** The hash of a revision is its label; one without gets its own name for it (spec §4.7 step 2). */
export function hashOf({ facts }: Revision): string {
  return facts.labels[hashLabel] || facts.name
}

/** The collision count that names of new revisions are made with (spec §4.7). */
export function collisionCountOf(daemonSet: DaemonSet): number | null {
  const known = knownStatus(daemonSet).collisionCount
  return daemonSet.collisionCount === null ? known : Math.max(daemonSet.collisionCount, known ?? 0)
}

/** The hash, and by it the name, that a new revision of the present template gets. */
export function newHashOf(daemonSet: DaemonSet): string {
  return revisionHash(daemonSet.facts.template.digest, collisionCountOf(daemonSet))
}

/**
 * A revision of the present template that was let go, because its labels no longer match: it has the very name that a new
 * one would get, so it is used as it is (spec §4.7, AlreadyExists with the same data).
 */
function letGo(state: ClusterState, daemonSet: DaemonSet): Revision | undefined {
  const { namespace, name, uid, template, selector } = daemonSet.facts
  const revision = state.revisions.get(keyOf(namespace, `${name}-${newHashOf(daemonSet)}`))
  if (!revision || revision.facts.templateDigest !== template.digest || revision.facts.deletedAt !== null) return
  const { owner, labels } = revision.facts
  const isFree = owner === null || owner.uid === uid
  return isFree && !selectorMatches(selector, labels) ? revision : undefined
}

/** Finds the present revision anew; when another one (or none) is current now, every slot is counted and decided anew. */
export function settleRevision(state: ClusterState, daemonSet: DaemonSet): void {
  const [best = letGo(state, daemonSet), ...duplicates] = revisionsOf(state, daemonSet).current
  const before = daemonSet.current
  daemonSet.current = best ? present(best, duplicates) : null
  if (before?.hash !== daemonSet.current?.hash || before?.name !== best?.facts.name) {
    countAll(state, daemonSet)
    wakeAll(state, daemonSet)
  } else if (before?.twins.join() !== daemonSet.current?.twins.join()) {
    countAll(state, daemonSet)
  }
}

/** A duplicate has appeared: what carries its hash is up to date, and nobody is woken (spec §3.8, §9.8 E11). */
export function noteTwins(state: ClusterState, daemonSet: DaemonSet): void {
  const { current } = daemonSet
  if (current === null) return
  const all = revisionsOf(state, daemonSet).current
  const kept = all.find(({ facts }) => facts.uid === current.uid)
  if (!kept) return
  daemonSet.current = present(
    kept,
    all.filter(revision => revision !== kept),
  )
  if (daemonSet.current.twins.join() !== current.twins.join()) countAll(state, daemonSet)
}

function present(best: Revision, duplicates: readonly Revision[]): PresentRevision {
  const hash = hashOf(best)
  const twins = [...new Set(duplicates.map(hashOf))].filter(other => other !== hash).sort()
  return { name: best.facts.name, uid: best.facts.uid, hash, twins }
}
