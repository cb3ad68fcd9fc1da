import type { Kind, TopicName } from '@rollcall/contracts'
import { and, desc, eq, lte, sql } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import { ledger, snapshots, streams, watchPositions } from '../schema/index.ts'
import type { Moment } from '../store.ts'

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

export async function allClusters(db: NodePgDatabase) {
  const rows = await db.select({ cluster: streams.cluster }).from(streams).orderBy(streams.cluster)
  return rows.map(({ cluster }) => cluster)
}

/** Snapshots of a stream, newest first, without their bodies; with `upTo` those that stand at or before it. */
export async function snapshotsOf(db: NodePgDatabase, stream: number, upTo?: Moment) {
  const { position, seq, core, fingerprint } = snapshots
  const ofStream = eq(snapshots.stream, stream)
  const chosen = db.select({ position, seq, core, fingerprint }).from(snapshots)
  const newestFirst = [desc(position), desc(seq)]
  if (upTo === undefined) return chosen.where(ofStream).orderBy(...newestFirst)
  if ('position' in upTo) return chosen.where(and(ofStream, lte(position, upTo.position))).orderBy(...newestFirst)
  // A snapshot is as old as the last row in it; one whose row has been archived is older than every row that is here.
  const lastRow = and(eq(ledger.stream, stream), eq(ledger.position, position), eq(ledger.seq, seq))
  return chosen
    .leftJoin(ledger, lastRow)
    .where(and(ofStream, sql`coalesce(${ledger.at} <= ${new Date(upTo.time).toISOString()}, true)`))
    .orderBy(...newestFirst)
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
