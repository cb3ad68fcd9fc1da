import { chainStart } from '../ledger/chain.ts'
import type { Ownership } from '../store.ts'
import { texts } from './arrays.ts'
import { statement } from './statement.ts'

/** Begins streams; those that another transaction has begun meanwhile are left alone. */
export const addStreams = statement<{ clusters: readonly string[]; owner: Ownership }>(
  'add_streams',
  `
    insert into streams (cluster, head_hash, log_group, log_topic, log_partition)
    select cluster, $2, $3, $4, $5
    from unnest($1::text[]) as new (cluster)
    order by cluster
    on conflict (cluster) do nothing`,
  ({ clusters, owner }) => [texts(clusters), chainStart, owner.group, owner.topic, owner.partition],
)
