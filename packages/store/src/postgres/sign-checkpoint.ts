import type pg from 'pg'
import { type Checkpoint, checkpointDigest, checkpointStart } from '../checkpoints/checkpoint.ts'
import type { CheckpointSigner } from '../checkpoints/keys.ts'
import { insertCheckpoint, lockCheckpoints, newestCheckpoint } from '../sql/checkpoints.ts'
import { selectEnd } from '../sql/select-end.ts'
import { run } from '../sql/statement.ts'
import { inTransaction } from './transaction.ts'

/** Signs where a stream's chain stands now. null: nothing was added since the checkpoint before. */
export async function signCheckpoint(
  pool: pg.Pool,
  cluster: string,
  signer: CheckpointSigner,
  at: number,
): Promise<Checkpoint | null> {
  let signed: Checkpoint | null = null
  await inTransaction(pool, async client => {
    await run(client, lockCheckpoints, { cluster })
    const [end] = await run(client, selectEnd, { cluster })
    if (!end || end.position === 0) return []
    const [before] = await run(client, newestCheckpoint, { cluster, stream: end.stream })
    if (before && before.position === end.position && before.seq === end.seq) return []
    const previous = before ? checkpointDigest(before) : checkpointStart
    signed = signer.sign({ cluster, position: end.position, seq: end.seq, head: end.head, at, previous })
    return [run(client, insertCheckpoint, { stream: end.stream, checkpoint: signed, signer })]
  })
  return signed
}
