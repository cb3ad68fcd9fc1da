import type { QueryResultRow } from 'pg'
import type { Checkpoint } from '../checkpoints/checkpoint.ts'
import type { CheckpointSigner } from '../checkpoints/keys.ts'
import { type Statement, statement } from './statement.ts'

const columns = 'position, seq, head, at, previous, key, signature'

function checkpointOf(cluster: string, row: QueryResultRow): Checkpoint {
  const { position, seq, head, at, previous, key, signature } = row
  return { cluster, position: Number(position), seq, head, at: at.getTime(), previous, key, signature }
}

/** One signer at a time: each checkpoint names the one before it. Held until the transaction ends. */
export const lockCheckpoints: Statement<{ cluster: string }, null> = {
  name: 'lock_checkpoints',
  text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))',
  values: ({ cluster }) => [`rollcall/checkpoints/${cluster}`],
  row: () => null,
}

/** All of a stream, in order. */
export const checkpointsOf: Statement<{ cluster: string; stream: number }, Checkpoint> = {
  name: 'checkpoints_of',
  text: `
    select $2::text as cluster, ${columns}
    from checkpoints
    where stream = $1
    order by position, seq`,
  values: ({ stream, cluster }) => [stream, cluster],
  row: row => checkpointOf(row.cluster, row),
}

export const newestCheckpoint: Statement<{ cluster: string; stream: number }, Checkpoint> = {
  name: 'newest_checkpoint',
  text: `
    select $2::text as cluster, ${columns}
    from checkpoints
    where stream = $1
    order by position desc, seq desc
    limit 1`,
  values: ({ stream, cluster }) => [stream, cluster],
  row: row => checkpointOf(row.cluster, row),
}

export const insertCheckpoint = statement<{
  stream: number
  checkpoint: Checkpoint
  signer: Pick<CheckpointSigner, 'publicKey'>
}>(
  'insert_checkpoint',
  `
    with known as (
      insert into checkpoint_keys (id, public_key, first_at)
      values ($7, $9, $5)
      on conflict (id) do nothing
    )
    insert into checkpoints (stream, ${columns})
    values ($1, $2, $3, $4, $5, $6, $7, $8)`,
  ({ stream, checkpoint, signer }) => [
    stream,
    checkpoint.position,
    checkpoint.seq,
    checkpoint.head,
    new Date(checkpoint.at),
    checkpoint.previous,
    checkpoint.key,
    checkpoint.signature,
    signer.publicKey,
  ],
)

/** The public keys on record, as PEM. */
export const recordedKeys: Statement<Record<string, never>, string> = {
  name: 'recorded_keys',
  text: 'select public_key from checkpoint_keys order by first_at, id',
  values: () => [],
  row: ({ public_key }) => public_key,
}
