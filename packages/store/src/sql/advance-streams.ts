import type { StreamEnd } from '../plan.ts'
import type { ClusterIdentity } from '../projections/project.ts'
import type { Ownership } from '../store.ts'
import { byteStrings, instants, int2s, int4s, int8s, texts } from './arrays.ts'
import { statement } from './statement.ts'

export type StreamAdvance = { readonly id: number; readonly end: StreamEnd; readonly identity: ClusterIdentity }

/** Moves the ends of the streams that the transaction holds locked. */
export const advanceStreams = statement<{ streams: readonly StreamAdvance[]; owner: Ownership }>(
  'advance_streams',
  `
    update streams
    set last_position = new.last_position,
        last_seq = new.last_seq,
        head_hash = new.head_hash,
        last_at = new.last_at,
        mode = coalesce(new.mode, streams.mode),
        cluster_uid = new.cluster_uid,
        server_version = coalesce(new.server_version, streams.server_version),
        log_group = $9,
        log_topic = $10,
        log_partition = $11
    from unnest($1::int4[], $2::int8[], $3::int2[], $4::bytea[], $5::timestamptz[], $6::text[], $7::text[], $8::text[])
      as new (id, last_position, last_seq, head_hash, last_at, mode, cluster_uid, server_version)
    where streams.id = new.id`,
  ({ streams, owner }) => [
    int4s(streams.map(({ id }) => id)),
    int8s(streams.map(({ end }) => end.lastPosition)),
    int2s(streams.map(({ end }) => end.lastSeq)),
    byteStrings(streams.map(({ end }) => end.headHash)),
    instants(streams.map(({ end }) => end.lastAt)),
    texts(streams.map(({ identity }) => identity.mode ?? null)),
    texts(streams.map(({ end }) => end.clusterUid)),
    texts(streams.map(({ identity }) => identity.serverVersion ?? null)),
    owner.group,
    owner.topic,
    owner.partition,
  ],
)
