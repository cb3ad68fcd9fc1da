import type { Command } from '@rollcall/contracts'
import { hashLabel } from '../pods.ts'
import { hashOf, newHashOf, type Revisions } from '../revisions.ts'
import type { DaemonSet, Revision } from '../state.ts'
import { type Deciding, isPending, issue, reason, record } from './deciding.ts'

type RevisionCommand = 'AdoptRevision' | 'ReleaseRevision' | 'DeleteRevision'

function change(deciding: Deciding, daemonSet: DaemonSet, type: RevisionCommand, { facts }: Revision): string[] {
  const key = `${type}/${facts.uid}`
  if (isPending(deciding, key)) return []
  deciding.issued.add(key)
  return issue(deciding, daemonSet, null, facts.uid, { type, revision: { name: facts.name, uid: facts.uid } })
}

/**
 * History (spec §4.7): claims revisions; makes the present template's revision, or raises its number; merges duplicates.
 * Pods wait until the present revision exists, because they are created from it.
 */
export function decideRevisions(deciding: Deciding, daemonSet: DaemonSet, revisions: Revisions): void {
  const commands: string[] = []
  for (const revision of revisions.adoptable) commands.push(...change(deciding, daemonSet, 'AdoptRevision', revision))
  for (const revision of revisions.releasable)
    commands.push(...change(deciding, daemonSet, 'ReleaseRevision', revision))
  if (commands.length > 0) say(deciding, daemonSet, 'revisions-claimed', '§6.1', commands)

  const { digest } = daemonSet.facts.template
  const next = (revisions.old.at(-1)?.facts.revision ?? 0) + 1
  const [keep, ...duplicates] = revisions.current
  if (!keep) {
    for (const revision of revisions.old) update(deciding, daemonSet, revision, 0)
    // One that was let go serves as it is; an orphan with this very template will be ours in a moment.
    if (daemonSet.current !== null) return
    if (revisions.adoptable.some(({ facts }) => facts.templateDigest === digest)) return
    createRevision(deciding, daemonSet, next)
    return
  }
  update(deciding, daemonSet, keep, next)
  for (const revision of [...duplicates, ...revisions.old]) update(deciding, daemonSet, revision, 0)
  if (duplicates.length > 0 && concerns(daemonSet)) merge(deciding, daemonSet, keep, duplicates)
}

/** A node without its pods that should not run any wakes no controller (spec §3.8): duplicates stay seen (§9.8 E11). */
function concerns({ dirty, dirtyWhole, slots }: DaemonSet): boolean {
  if (dirtyWhole !== null) return true
  for (const node of dirty.keys()) {
    const slot = slots.get(node)
    if (slot && (slot.verdict === 'shouldRun' || slot.pods.size > 0)) return true
  }
  return false
}

function say(deciding: Deciding, daemonSet: DaemonSet, rule: string, source: string, commands: string[]): void {
  record(deciding, daemonSet, null, { verdict: null, action: 'other', reason: reason(rule, source), commands })
}

function createRevision(deciding: Deciding, daemonSet: DaemonSet, number: number): void {
  const { facts } = daemonSet
  if (isPending(deciding, `CreateRevision/${facts.uid}`)) return
  const hash = newHashOf(daemonSet)
  const name = `${facts.name}-${hash}`
  const commands = issue(deciding, daemonSet, null, name, {
    type: 'CreateRevision',
    name,
    hash,
    revision: number,
    templateDigest: facts.template.digest,
  })
  const why = reason('template-has-no-revision', '§4.7', { revision: number, name })
  record(deciding, daemonSet, null, { verdict: null, action: 'other', reason: why, commands })
}

/** A rollback renumbers its revision; one without a hash label gets its own name for it (spec §4.7). */
function update(deciding: Deciding, daemonSet: DaemonSet, { facts }: Revision, numberMin: number): void {
  const number = facts.revision < numberMin ? numberMin : null
  const hash = facts.labels[hashLabel] ? null : facts.name
  const key = `UpdateRevision/${facts.uid}`
  if ((number === null && hash === null) || isPending(deciding, key)) return
  deciding.issued.add(key)
  const revision = { name: facts.name, uid: facts.uid }
  const commands = issue(deciding, daemonSet, null, facts.uid, { type: 'UpdateRevision', revision, number, hash })
  say(deciding, daemonSet, number === null ? 'revision-labelled' : 'revision-renumbered', '§4.7', commands)
}

/**
 * Duplicates of the present revision are merged into the best one. Only pods that carry a duplicate's hash are
 * relabelled (the reference relabels all, kubernetes/kubernetes#111280).
 */
function merge(deciding: Deciding, daemonSet: DaemonSet, keep: Revision, duplicates: readonly Revision[]): void {
  const hashes = new Set(duplicates.map(hashOf))
  // A copy may carry the very label of what is kept.
  hashes.delete(hashOf(keep))
  const commands: string[] = []
  for (const key of [...(deciding.state.podsByOwner.get(daemonSet.facts.uid) ?? [])].sort()) {
    const facts = deciding.state.pods.get(key)?.facts
    if (!facts || daemonSet.releasable.has(key) || !hashes.has(facts.labels[hashLabel] ?? '')) continue
    const issuedKey = `RelabelPod/${facts.uid}`
    if (isPending(deciding, issuedKey)) continue
    deciding.issued.add(issuedKey)
    const pod = { name: facts.name, uid: facts.uid }
    commands.push(...issue(deciding, daemonSet, null, facts.uid, { type: 'RelabelPod', pod, hash: hashOf(keep) }))
  }
  // Pods first: what carries the hash of a deleted revision would count as outdated.
  const relabelling = commands.length > 0 || [...hashes].some(hash => daemonSet.podsByHash.has(hash))
  if (!relabelling)
    for (const revision of duplicates) commands.push(...change(deciding, daemonSet, 'DeleteRevision', revision))
  if (commands.length > 0) say(deciding, daemonSet, 'revisions-merged', '§4.7', commands)
}

/**
 * Old revisions beyond the limit go, lowest number first, except those that pods still carry (spec §4.8); pods that are about
 * to be adopted are claimed ones to the reference.
 */
export function cleanUpRevisions(deciding: Deciding, daemonSet: DaemonSet, revisions: Revisions): void {
  let excess = revisions.old.length - daemonSet.facts.revisionHistoryLimit
  if (excess <= 0) return
  const { pods } = deciding.state
  const adopted = new Set([...daemonSet.adoptable].map(key => pods.get(key)?.facts.labels[hashLabel]))
  const commands: string[] = []
  for (const revision of revisions.old) {
    if (excess <= 0) break
    const hash = hashOf(revision)
    if (daemonSet.podsByHash.has(hash) || adopted.has(hash)) continue
    excess -= 1
    commands.push(...change(deciding, daemonSet, 'DeleteRevision', revision))
  }
  if (commands.length > 0) say(deciding, daemonSet, 'revision-history-limit', '§4.8', commands)
}

/** Adopts pods that match and have no controller; releases those of ours that do not match any more (spec §6.1). */
export function claimPods(deciding: Deciding, daemonSet: DaemonSet): void {
  const commands: string[] = []
  for (const [keys, type] of [
    [daemonSet.adoptable, 'AdoptPod'],
    [daemonSet.releasable, 'ReleasePod'],
  ] as const) {
    for (const key of [...keys].sort()) {
      const facts = deciding.state.pods.get(key)?.facts
      if (!facts || isPending(deciding, `${type}/${facts.uid}`)) continue
      const pod = { name: facts.name, uid: facts.uid }
      const content: { type: typeof type; pod: typeof pod } = { type, pod }
      commands.push(
        ...issue(deciding, daemonSet, null, facts.uid, content as Pick<Command & { type: 'AdoptPod' }, 'type' | 'pod'>),
      )
    }
  }
  if (commands.length > 0) say(deciding, daemonSet, 'pods-claimed', '§6.1', commands)
}
