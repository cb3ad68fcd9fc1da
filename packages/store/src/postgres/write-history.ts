import type pg from 'pg'
import { encodeStreams, planBatch, type StreamEnd, streamStart } from '../plan.ts'
import { touchesOf } from '../projections/touches.ts'
import { nameStream } from '../sql/name-stream.ts'
import { openPlacements } from '../sql/open-placements.ts'
import { run } from '../sql/statement.ts'
import type { StreamCommit } from '../store.ts'
import { createPipeline } from './pipeline.ts'
import { writeProjection } from './write-projection.ts'

/** So many stream commits are written at once. */
const chunkLength = 64

/** Writes the projections of a whole history, from its start, into tables that hold nothing of the cluster. @returns where it ends */
export async function writeHistory(
  client: pg.PoolClient,
  cluster: string,
  history: AsyncIterable<StreamCommit>,
): Promise<StreamEnd> {
  let end = streamStart
  let chunk: StreamCommit[] = []
  for await (const commit of history) {
    // Where a watcher resumes is no projection: bookmarks, which move it, are not in the ledger.
    chunk.push({ ...commit, watchPositions: new Map(), snapshot: null })
    if (chunk.length < chunkLength) continue
    end = await writeChunk(client, cluster, chunk, end)
    chunk = []
  }
  return chunk.length === 0 ? end : await writeChunk(client, cluster, chunk, end)
}

async function writeChunk(
  client: pg.PoolClient,
  cluster: string,
  chunk: readonly StreamCommit[],
  before: StreamEnd,
): Promise<StreamEnd> {
  const open = await run(client, openPlacements, touchesOf(chunk))
  const plan = planBatch(encodeStreams(chunk), new Map([[cluster, before]]), open)
  const pipeline = createPipeline(client)
  writeProjection(pipeline, plan.projection)
  const identity = plan.projection.identities.get(cluster)
  if (identity) pipeline.send(nameStream, { cluster, identity })
  await Promise.all(pipeline.outstanding)
  return plan.ends.get(cluster) ?? before
}
