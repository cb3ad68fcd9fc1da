import type { PlannedSnapshot } from '../plan.ts'
import { statement } from './statement.ts'

export type SnapshotInsert = { readonly stream: number; readonly snapshot: PlannedSnapshot; readonly bytes: Buffer }

export const putSnapshot = statement<SnapshotInsert>(
  'put_snapshot',
  `
    insert into snapshots (stream, position, seq, core, fingerprint, body)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (stream, position, seq) do update
    set core = excluded.core, fingerprint = excluded.fingerprint, body = excluded.body, recorded_at = now()`,
  ({ stream, snapshot, bytes }) => [
    stream,
    snapshot.position,
    snapshot.seq,
    snapshot.core,
    snapshot.fingerprint,
    bytes,
  ],
)
