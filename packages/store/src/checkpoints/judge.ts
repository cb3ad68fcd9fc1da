import { type Checkpoint, checkpointDigest, checkpointStart } from './checkpoint.ts'
import { type CheckpointKey, isSignedBy } from './keys.ts'

/** A checkpoint with what is wrong with it; null: its signature holds, and it follows the one before. */
export type JudgedCheckpoint = Checkpoint & {
  readonly problem: string | null
  /** It is known from an anchor only: the database no longer has it. */
  readonly isRemoved?: true
}

/** Looks at the checkpoints of a stream, in order, by the keys that are trusted. */
export function judgeCheckpoints(
  checkpoints: readonly Checkpoint[],
  keys: readonly CheckpointKey[],
): JudgedCheckpoint[] {
  const known = new Map(keys.map(key => [key.id, key]))
  let previous = checkpointStart
  return checkpoints.map(checkpoint => {
    const problem = problemOf(checkpoint, known.get(checkpoint.key), previous)
    previous = checkpointDigest(checkpoint)
    return { ...checkpoint, problem }
  })
}

function problemOf(checkpoint: Checkpoint, key: CheckpointKey | undefined, previous: Buffer): string | null {
  if (!key) return `it is signed with key ${checkpoint.key}, which is none of the keys that are trusted`
  if (!isSignedBy(key, checkpoint))
    return `its signature is not that of key ${checkpoint.key}: it was altered, or forged`
  if (checkpoint.previous.equals(previous)) return null
  return 'it does not follow the checkpoint before it: one between them is missing, or was put in'
}
