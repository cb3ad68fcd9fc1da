import type { Kind, TopicName } from '@rollcall/contracts'
import { and, desc, eq } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import { snapshots, streams, watchPositions } from '../schema/index.ts'

/** The ordinary queries: what is asked now and then, not with every batch. */

export async function findStream(db: NodePgDatabase, cluster: string) {
  const [stream] = await db
    .select({
      id: streams.id,
      lastPosition: streams.lastPosition,
      lastSeq: streams.lastSeq,
      headHash: streams.headHash,
      clusterUid: streams.clusterUid,
    })
    .from(streams)
    .where(eq(streams.cluster, cluster))
  return stream ?? null
}

export async function clustersOf(db: NodePgDatabase, group: string, topic: TopicName, partition: number) {
  const rows = await db
    .select({ cluster: streams.cluster })
    .from(streams)
    .where(and(eq(streams.logGroup, group), eq(streams.logTopic, topic), eq(streams.logPartition, partition)))
    .orderBy(streams.cluster)
  return rows.map(({ cluster }) => cluster)
}

/** Snapshots of a stream, newest first, without their bodies. */
export async function snapshotsOf(db: NodePgDatabase, stream: number) {
  const { position, seq, core, fingerprint } = snapshots
  return db
    .select({ position, seq, core, fingerprint })
    .from(snapshots)
    .where(eq(snapshots.stream, stream))
    .orderBy(desc(position), desc(seq))
}

export async function snapshotBody(
  db: NodePgDatabase,
  stream: number,
  place: { position: number; seq: number },
): Promise<Buffer | null> {
  const [row] = await db
    .select({ body: snapshots.body })
    .from(snapshots)
    .where(and(eq(snapshots.stream, stream), eq(snapshots.position, place.position), eq(snapshots.seq, place.seq)))
  return row?.body ?? null
}

export async function watchPositionsOf(db: NodePgDatabase, cluster: string): Promise<Map<Kind, string>> {
  const rows = await db.select().from(watchPositions).where(eq(watchPositions.cluster, cluster))
  return new Map(rows.map(({ kind, resourceVersion }) => [kind as Kind, resourceVersion]))
}
