import type { Plan, PlannedSnapshot } from '../plan.ts'
import { placementKey } from '../projections/placements.ts'
import type { ObjectRow } from '../projections/rows.ts'
import { snapshotStretch } from '../sql/drop-old-snapshots.ts'
import type { BatchCommit, DeadLetter, Ownership } from '../store.ts'
import { type MemoryTables, partitionKey } from './memory-store.ts'

/** How many snapshots of a stream are kept, beside the first of each so many positions. */
const newestKept = 3

/** Writes a plan into the tables. Nothing in here can fail: a batch is applied whole. */
export function applyPlan(tables: MemoryTables, commit: BatchCommit, plan: Plan): void {
  const { owner } = commit
  const partition = partitionKey(owner.group, owner.topic, owner.partition)
  for (const { cluster } of commit.streams) {
    const end = plan.ends.get(cluster)
    if (end) tables.ends.set(cluster, { ...end, partition })
  }
  for (const row of plan.ledger) listOf(tables.ledger, row.cluster).push(row)
  for (const snapshot of plan.snapshots) {
    const kept = listOf(tables.snapshots, snapshot.cluster).filter(
      ({ position, seq }) => position !== snapshot.position || seq !== snapshot.seq,
    )
    tables.snapshots.set(snapshot.cluster, thinned([...kept, structuredClone(snapshot)]))
  }
  applyProjection(tables, plan)
  keepDeadLetters(tables, owner, commit.deadLetters)
}

/** As `sql/drop-old-snapshots.ts`; a memory store does not live for days. */
function thinned(all: readonly PlannedSnapshot[]): PlannedSnapshot[] {
  const firsts = new Set<number>()
  return all.filter(({ position }, index) => {
    const stretch = Math.floor(position / snapshotStretch)
    const isFirst = !firsts.has(stretch)
    firsts.add(stretch)
    return isFirst || index >= all.length - newestKept
  })
}

/** Nothing for one that is there: a commit whose answer was lost is made again. */
export function keepDeadLetters(
  tables: MemoryTables,
  { topic, partition }: Ownership,
  letters: readonly DeadLetter[],
): void {
  for (const letter of letters) {
    const isThere = tables.deadLetters.some(
      old =>
        old.topic === topic &&
        old.partition === partition &&
        old.offset === letter.offset &&
        Buffer.compare(old.bytes, letter.bytes) === 0,
    )
    if (!isThere) tables.deadLetters.push({ ...letter, topic, partition })
  }
}

function applyProjection(tables: MemoryTables, { projection }: Plan): void {
  tables.decisions.push(...projection.decisions)
  for (const row of projection.commands) if (!tables.commands.has(row.id)) tables.commands.set(row.id, row)
  for (const settlement of projection.settlements.values()) {
    const before = tables.settlements.get(settlement.commandId)
    if (!tables.commands.has(settlement.commandId)) continue
    if (!before) tables.settlements.set(settlement.commandId, settlement)
    else if (before.result === null && settlement.result !== null) {
      tables.settlements.set(settlement.commandId, { ...settlement, position: before.position, at: before.at })
    }
  }
  const { opened, changed } = projection.placements
  for (const row of changed) {
    const key = placementKey(row.cluster, row.podUid)
    const stored = tables.openPlacements.get(key)
    if (!stored) continue
    Object.assign(stored, row)
    if (stored.closedAt !== null) tables.openPlacements.delete(key)
  }
  for (const row of opened) {
    const stored = { ...row }
    tables.placements.push(stored)
    if (stored.closedAt === null) tables.openPlacements.set(placementKey(row.cluster, row.podUid), stored)
  }
  putObjects(tables.nodes, projection.nodes)
  putObjects(tables.daemonSets, projection.daemonSets)
  putObjects(tables.revisions, projection.revisions)
  for (const row of projection.intents) {
    const key = `${row.cluster}\u0000${row.id}`
    if (!tables.intents.has(key)) tables.intents.set(key, row)
  }
  for (const [key, row] of projection.holds) {
    const { openedPosition, openedAt } = tables.holds.get(key) ?? row
    tables.holds.set(key, { ...row, openedPosition, openedAt })
  }
  for (const { cluster, uid, position, at } of projection.goneDaemonSets) {
    for (const [key, row] of tables.holds) {
      const isStanding = row.state === 'open' || row.state === 'rejected'
      if (!isStanding || row.cluster !== cluster || row.daemonSet.uid !== uid) continue
      tables.holds.set(key, { ...row, state: 'dissolved', position, at })
    }
  }
  for (const [cluster, identity] of projection.identities) {
    tables.identities.set(cluster, { ...tables.identities.get(cluster), ...identity })
  }
  for (const cluster of projection.replacedClusters) tables.watchPositions.delete(cluster)
  for (const { cluster, kind, resourceVersion } of projection.watchPositions.values()) {
    const positions = tables.watchPositions.get(cluster) ?? new Map()
    tables.watchPositions.set(cluster, positions.set(kind, resourceVersion))
  }
}

function putObjects<Facts>(stored: Map<string, ObjectRow<Facts>>, rows: ReadonlyMap<string, ObjectRow<Facts>>): void {
  for (const [key, row] of rows) {
    const { firstPosition, firstAt } = stored.get(key) ?? row
    stored.set(key, { ...row, firstPosition, firstAt })
  }
}

function listOf<T>(lists: Map<string, T[]>, key: string): T[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}
