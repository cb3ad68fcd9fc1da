import type { ClusterIdentity } from '../projections/project.ts'
import { statement } from './statement.ts'

/** What the events say of the cluster itself. */
export const nameStream = statement<{ cluster: string; identity: ClusterIdentity }>(
  'name_stream',
  `
    update streams
    set mode = coalesce($2, mode), server_version = coalesce($3, server_version)
    where cluster = $1`,
  ({ cluster, identity }) => [cluster, identity.mode ?? null, identity.serverVersion ?? null],
)
