import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'
import type pg from 'pg'
import { packBody } from '../ledger/body.ts'
import { encodeStreams, type Plan, planBatch } from '../plan.ts'
import { touchesOf } from '../projections/touches.ts'
import { addStreams } from '../sql/add-streams.ts'
import { advanceStreams } from '../sql/advance-streams.ts'
import { appendLedger } from '../sql/append-ledger.ts'
import { claimPartition } from '../sql/claim-partition.ts'
import { clearWatchPositions } from '../sql/clear-watch-positions.ts'
import { currentEpoch } from '../sql/current-epoch.ts'
import { dropOldSnapshots } from '../sql/drop-old-snapshots.ts'
import { insertDeadLetters } from '../sql/insert-dead-letters.ts'
import { lockStreams, type StreamRow } from '../sql/lock-streams.ts'
import { moveWatchPositions } from '../sql/move-watch-positions.ts'
import { openPlacements } from '../sql/open-placements.ts'
import { putSnapshot } from '../sql/put-snapshot.ts'
import { run, type Session } from '../sql/statement.ts'
import { type BatchCommit, type DeadLetter, type Ownership, StaleOwnerError } from '../store.ts'
import { createPipeline, type Pipeline } from './pipeline.ts'
import { inTransaction } from './transaction.ts'
import { writeProjection } from './write-projection.ts'

const compress = promisify(zstdCompress)

/**
 * One batch, one transaction, two trips to the server: the first claims the partition, locks the streams and reads what
 * the projections build on; the second writes everything and commits.
 */
export async function commitBatch(pool: pg.Pool, commit: BatchCommit): Promise<void> {
  const encoded = encodeStreams(commit.streams)
  const touches = touchesOf(commit.streams)
  const clusters = [...new Set(commit.streams.map(({ cluster }) => cluster))]
  const snapshotBodies = await compressSnapshots(commit)

  await inTransaction(pool, async client => {
    const [claimed, locked, open] = await Promise.all([
      run(client, claimPartition, commit),
      clusters.length === 0 ? [] : run(client, lockStreams, clusters),
      touches.pods.length + touches.turnedDown.length === 0 ? [] : run(client, openPlacements, touches),
    ])
    if (claimed.length === 0) await throwStale(client, commit.owner)
    const streams = await allStreams(client, commit.owner, clusters, locked)
    const plan = planBatch(encoded, streams, open)
    const pipeline = createPipeline(client)
    writePlan(pipeline, commit, plan, streams, snapshotBodies)
    return pipeline.outstanding
  })
}

/** Stores the offset of a consumer whose results live elsewhere; in one trip when nothing was set aside. */
export async function commitOffset(
  pool: pg.Pool,
  owner: Ownership,
  nextOffset: bigint,
  deadLetters: readonly DeadLetter[],
): Promise<void> {
  if (deadLetters.length > 0) return commitBatch(pool, { owner, nextOffset, streams: [], deadLetters })
  const claimed = await run(pool, claimPartition, { owner, nextOffset })
  if (claimed.length === 0) await throwStale(pool, owner)
}

async function throwStale(session: Session, owner: Ownership): Promise<never> {
  const [current] = await run(session, currentEpoch, owner)
  throw new StaleOwnerError(owner, current?.epoch ?? 0)
}

async function allStreams(
  client: Session,
  owner: Ownership,
  clusters: readonly string[],
  locked: readonly StreamRow[],
): Promise<Map<string, StreamRow>> {
  const known = new Map(locked.map(row => [row.cluster, row]))
  const missing = clusters.filter(cluster => !known.has(cluster))
  if (missing.length === 0) return known
  const [, added] = await Promise.all([
    run(client, addStreams, { clusters: missing, owner }),
    run(client, lockStreams, missing),
  ])
  for (const row of added) known.set(row.cluster, row)
  return known
}

function writePlan(
  pipeline: Pipeline,
  { owner, deadLetters }: BatchCommit,
  { ledger, projection, snapshots, ends }: Plan,
  streams: ReadonlyMap<string, StreamRow>,
  snapshotBodies: ReadonlyMap<unknown, Buffer>,
): void {
  const idOf = (cluster: string): number => {
    const stream = streams.get(cluster)
    if (!stream) throw new Error(`stream ${cluster} has no row, though it was added`)
    return stream.id
  }
  pipeline.write(
    appendLedger,
    ledger.map(row => ({ stream: idOf(row.cluster), row, packed: packBody(row.text) })),
  )
  writeProjection(pipeline, projection)
  pipeline.write(clearWatchPositions, projection.replacedClusters)
  pipeline.write(moveWatchPositions, projection.watchPositions.values())
  for (const snapshot of snapshots) {
    const bytes = snapshotBodies.get(snapshot.body)
    if (!bytes) throw new Error('a snapshot was not compressed')
    const stream = idOf(snapshot.cluster)
    pipeline.send(putSnapshot, { stream, snapshot, bytes })
    pipeline.send(dropOldSnapshots, { stream })
  }
  if (deadLetters.length > 0) pipeline.send(insertDeadLetters, { owner, letters: deadLetters })
  const advanced = [...ends].map(([cluster, end]) => ({
    id: idOf(cluster),
    end,
    identity: projection.identities.get(cluster) ?? {},
  }))
  if (advanced.length > 0) pipeline.send(advanceStreams, { streams: advanced, owner })
}

/** By body, before the transaction begins: a large state takes a while. */
async function compressSnapshots(commit: BatchCommit): Promise<ReadonlyMap<unknown, Buffer>> {
  const bodies = new Map<unknown, Buffer>()
  for (const { snapshot } of commit.streams) {
    if (!snapshot) continue
    const params = { [constants.ZSTD_c_compressionLevel]: 3 }
    bodies.set(snapshot.body, await compress(JSON.stringify(snapshot.body), { params }))
  }
  return bodies
}
