import type { Checkpoint } from '../checkpoints/checkpoint.ts'
import { judgeCheckpoints } from '../checkpoints/judge.ts'
import type { CheckpointKey } from '../checkpoints/keys.ts'
import { isBehind, type LedgerRowPlace } from '../ledger/row-place.ts'
import {
  type ChainReport,
  type ChainWalk,
  reportCheckpoints,
  type VerifyOptions,
  verifyRows,
  walkStart,
} from '../verify-chain.ts'
import type { LedgerArchive, LedgerRow } from './ledger-archive.ts'

type End = LedgerRowPlace & { readonly head: Buffer }

/**
 * Walks what an archive holds of a stream, without any database: from the first position to the last that lies there.
 * @param end where the archive says that it ends
 * @throws StoreError `bad-archive`
 */
export async function verifyArchive(
  archive: LedgerArchive,
  cluster: string,
  end: End,
  { keys, ...options }: Pick<VerifyOptions, 'onProgress'> & { readonly keys: readonly CheckpointKey[] },
): Promise<ChainReport> {
  const checkpoints = judgeCheckpoints(await archive.checkpoints(cluster), keys)
  const ends = endOf(end)
  const rows = archive.rows(cluster, { position: 0, seq: -1 })
  const walked = await verifyRows({ ...options, cluster, rows, start: walkStart, end: ends, checkpoints })
  return { cluster, ...walked, checkpoints: reportCheckpoints(checkpoints, 'given', ends), archived: null }
}

/** Walks one stretch of a stream: it must follow `previous` and lead to `end`, and the checkpoints over it must hold. */
export async function verifyStretch(stretch: {
  readonly cluster: string
  readonly previous: LedgerRowPlace & { readonly hash: Buffer }
  readonly rows: AsyncIterable<LedgerRow>
  readonly end: End
  /** All of the stream; those behind the end say nothing about it. */
  readonly checkpoints: readonly Checkpoint[]
  readonly keys: readonly CheckpointKey[]
}): Promise<ChainWalk> {
  const { cluster, previous, rows, end, keys } = stretch
  const within = judgeCheckpoints(stretch.checkpoints, keys).filter(checkpoint => !isBehind(checkpoint, end))
  return await verifyRows({ cluster, rows, start: previous, end: endOf(end), checkpoints: within })
}

const endOf = ({ position, seq, head }: End) => ({ lastPosition: position, lastSeq: seq, headHash: head })
