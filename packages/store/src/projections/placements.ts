import type { Command, CommandResult, DecisionPoint, Effect, PodFacts } from '@rollcall/contracts'
import type { PlacementRow } from './rows.ts'

/**
 * Placements, folded from effects and decisions. The rules:
 * - One opens when a pod that a DaemonSet owns, and whose node is known, first appears; a provisional pod counts.
 * - It closes when the pod is gone, or belongs to that DaemonSet no longer, or turns out to be on another node.
 * - Why it closed: the newest DeletePod, EvictPod or ReleasePod for its uid that was not turned down, with that decision's rule;
 *   without one `vanished` when the end was inferred, `deleted by others`, `changed owner`, or `moved`.
 * - Kubernetes writes whole seconds: what an object says happened at S happened before S + 1 s, and not after it was
 *   seen. So the instant taken is the earlier of the two; a pod found later still gets about the time it really began.
 */
export type PlacementFold = {
  /** Open placements by `placementKey`: those of the touched pods, as they were before, and as they become. */
  readonly open: Map<string, PlacementRow>
  readonly opened: Set<PlacementRow>
  /** Open placements by the command that shall end them. */
  readonly endings: Map<string, PlacementRow>
  /** Rows that existed before and have changed. */
  readonly changed: Set<PlacementRow>
}

export type Instant = { readonly position: number; readonly at: number }

export const placementKey = (cluster: string, podUid: string): string => `${cluster}\u0000${podUid}`

export function startPlacements(rows: readonly PlacementRow[]): PlacementFold {
  return {
    open: new Map(rows.map(row => [placementKey(row.cluster, row.podUid), row])),
    opened: new Set(),
    endings: new Map(rows.flatMap(row => (row.endingCommand === null ? [] : [[row.endingCommand, row]]))),
    changed: new Set(),
  }
}

export function placePod(
  fold: PlacementFold,
  cluster: string,
  when: Instant,
  effect: Extract<Effect, { kind: 'podPut' }>,
): void {
  const { pod, node } = effect
  const owner = pod.owner?.kind === 'DaemonSet' ? pod.owner : null
  let row = fold.open.get(placementKey(cluster, pod.uid))
  if (row && row.daemonSetUid !== owner?.uid) {
    close(fold, row, when, row.endingType === 'ReleasePod' ? endingOf(row) : { closeCause: 'changed owner' })
    row = undefined
  }
  if (row && node !== null && row.node !== node) {
    close(fold, row, when, { closeCause: 'moved' })
    row = undefined
  }
  if (row) {
    change(fold, row, seen(row, pod, when, effect.provisional))
    return
  }
  if (!owner || node === null || pod.uid === '') return
  const openedAt = wholeSecond(pod.createdAt, when.at)
  const fresh = open(cluster, pod, owner, node, openedAt, when.position)
  Object.assign(fresh, seen(fresh, pod, when, effect.provisional))
  if (pod.nodeName !== null) fresh.boundAt = openedAt
  fold.open.set(placementKey(cluster, pod.uid), fresh)
  fold.opened.add(fresh)
}

export function endPod(
  fold: PlacementFold,
  cluster: string,
  when: Instant,
  effect: Extract<Effect, { kind: 'podGone' }>,
): void {
  const row = fold.open.get(placementKey(cluster, effect.pod.uid))
  if (!row) return
  const cause = effect.inferred ? 'vanished' : 'deleted by others'
  const ending = row.endingType === 'DeletePod' || row.endingType === 'EvictPod' ? endingOf(row) : { closeCause: cause }
  close(fold, row, when, { ...ending, inferred: effect.inferred })
}

/** Remembers which placements the commands of a decision shall end, and why. */
export function markEndings(fold: PlacementFold, cluster: string, point: DecisionPoint): void {
  const endings = point.commands.filter(endsPlacement)
  if (endings.length === 0) return
  const ruleOf = new Map(
    point.decisions.flatMap(({ commands, reason }) => commands.map(id => [id, reason.rule] as const)),
  )
  for (const command of endings) {
    const row = fold.open.get(placementKey(cluster, command.pod.uid))
    if (!row) continue
    const endingRule = ruleOf.get(command.id) ?? 'unstated'
    change(fold, row, { endingCommand: command.id, endingType: command.type, endingRule })
    fold.endings.set(command.id, row)
  }
}

export type EndingCommand = Extract<Command, { type: 'DeletePod' | 'EvictPod' | 'ReleasePod' }>
export const endsPlacement = (command: Command): command is EndingCommand =>
  command.type === 'DeletePod' || command.type === 'EvictPod' || command.type === 'ReleasePod'

const turnedDown: ReadonlySet<CommandResult> = new Set(['superseded', 'refused', 'notAttempted', 'skipped'])
/** Whether a command with this outcome did nothing: it then is not to blame for what comes after. */
export const isTurnedDown = (result: CommandResult): boolean => turnedDown.has(result)

/** The command came to nothing: whatever ends the pod later, it was not this. */
export function takeBackEnding(fold: PlacementFold, commandId: string): void {
  const row = fold.endings.get(commandId)
  if (row?.endingCommand !== commandId || row.closedAt !== null) return
  change(fold, row, { endingCommand: null, endingType: null, endingRule: null })
}

function open(
  cluster: string,
  pod: PodFacts,
  owner: { readonly name: string; readonly uid: string },
  node: string,
  openedAt: number,
  openedPosition: number,
): PlacementRow {
  return {
    cluster,
    daemonSetNamespace: pod.namespace,
    daemonSetName: owner.name,
    daemonSetUid: owner.uid,
    node,
    podName: pod.name,
    podUid: pod.uid,
    revisionHash: null,
    openedAt,
    openedPosition,
    openedBy: null,
    provisional: false,
    boundAt: null,
    ready: false,
    readyAt: null,
    phase: '',
    finishedAt: null,
    terminatingAt: null,
    endingCommand: null,
    endingType: null,
    endingRule: null,
    closedAt: null,
    closedPosition: null,
    closedBy: null,
    closeCause: null,
    inferred: false,
  }
}

/** What a sight of the pod tells of its placement. */
function seen(row: PlacementRow, pod: PodFacts, when: Instant, provisional: boolean): Partial<PlacementRow> {
  const at = Math.max(when.at, row.openedAt)
  const readyAt = pod.readySince === null ? at : Math.max(wholeSecond(pod.readySince, at), row.openedAt)
  const isFinished = pod.phase === 'Failed' || pod.phase === 'Succeeded'
  return {
    revisionHash: pod.labels['controller-revision-hash'] ?? null,
    openedBy: row.openedBy ?? pod.commandId,
    provisional,
    boundAt: row.boundAt ?? (pod.nodeName === null ? null : at),
    ready: pod.ready,
    readyAt: row.readyAt ?? (pod.ready ? readyAt : null),
    phase: pod.phase,
    finishedAt: row.finishedAt ?? (isFinished ? at : null),
    terminatingAt: row.terminatingAt ?? (pod.deletedAt === null ? null : at),
  }
}

function endingOf(row: PlacementRow): Partial<PlacementRow> {
  return { closedBy: row.endingCommand, closeCause: row.endingRule }
}

function close(fold: PlacementFold, row: PlacementRow, when: Instant, why: Partial<PlacementRow>): void {
  const closedAt = Math.max(when.at, row.openedAt)
  change(fold, row, { ...why, ready: false, closedAt, closedPosition: when.position })
  fold.open.delete(placementKey(row.cluster, row.podUid))
}

function change(fold: PlacementFold, row: PlacementRow, changes: Partial<PlacementRow>): void {
  let changed = false
  for (const key of Object.keys(changes) as (keyof PlacementRow)[]) {
    if (changes[key] !== row[key]) changed = true
  }
  if (!changed) return
  Object.assign(row, changes)
  if (!fold.opened.has(row)) fold.changed.add(row)
}

/** Best estimate of an instant that the object gives in whole seconds, and that was seen at `seenAt`. */
function wholeSecond(said: number, seenAt: number): number {
  return Math.min(seenAt, said + 1_000)
}
