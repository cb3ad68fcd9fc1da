import type { StreamEnd } from '../plan.ts'
import { texts } from './arrays.ts'
import type { Statement } from './statement.ts'

export type StreamRow = StreamEnd & { readonly id: number; readonly cluster: string }

/** Where the streams end; locked, so that no other transaction can continue them meanwhile. */
export const lockStreams: Statement<readonly string[], StreamRow> = {
  name: 'lock_streams',
  text: `
    select id, cluster, last_position, last_seq, head_hash, last_at, cluster_uid
    from streams
    where cluster = any($1::text[])
    order by id
    for update`,
  values: clusters => [texts(clusters)],
  row: ({ id, cluster, last_position, last_seq, head_hash, last_at, cluster_uid }) => ({
    id,
    cluster,
    lastPosition: Number(last_position),
    lastSeq: last_seq,
    headHash: head_hash,
    lastAt: last_at?.getTime() ?? null,
    clusterUid: cluster_uid,
  }),
}
