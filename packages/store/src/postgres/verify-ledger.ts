import type pg from 'pg'
import { withAnchors } from '../checkpoints/anchors.ts'
import type { Checkpoint } from '../checkpoints/checkpoint.ts'
import { type JudgedCheckpoint, judgeCheckpoints } from '../checkpoints/judge.ts'
import { type CheckpointKey, checkpointKey } from '../checkpoints/keys.ts'
import { checkpointsOf, recordedKeys } from '../sql/checkpoints.ts'
import { selectEnd } from '../sql/select-end.ts'
import { run } from '../sql/statement.ts'
import { type ChainReport, reportCheckpoints, type VerifyOptions, verifyRows, walkStart } from '../verify-chain.ts'
import { ledgerRows, pageOf } from './read-ledger.ts'

export type VerifyLedgerOptions = VerifyOptions & {
  /** The public keys that are trusted. Absent: those that the database names, which whoever rewrites it can replace. */
  readonly keys?: readonly CheckpointKey[] | undefined
  /** Checkpoints of this stream that were kept outside the database: what it must still lead to. */
  readonly anchors?: readonly Checkpoint[] | undefined
}

/** Walks a stream's ledger, or a part of it, and computes its chain again. */
export async function verifyLedger(
  pool: pg.Pool,
  cluster: string,
  options: VerifyLedgerOptions = {},
): Promise<ChainReport> {
  const [found] = await run(pool, selectEnd, { cluster })
  const keys = options.keys ?? (await run(pool, recordedKeys, {})).map(pem => checkpointKey(pem, 'a recorded key'))
  const signed = found ? await run(pool, checkpointsOf, { cluster, stream: found.stream }) : []
  const recorded = judgeCheckpoints(signed, keys)
  const anchors = options.anchors?.filter(anchor => anchor.cluster === cluster)
  const checkpoints = anchors ? withAnchors(recorded, anchors, keys) : recorded
  // Again, behind the checkpoints: what they cover is in the ledger by now.
  const [end] = await run(pool, selectEnd, { cluster })
  const ends = end && { lastPosition: end.position, lastSeq: end.seq, headHash: end.head }
  const report = reportCheckpoints(recorded, options.keys ? 'given' : 'recorded', ends ?? null, anchors)
  if (!end || !ends) {
    const walked = await verifyRows({ ...options, cluster, rows: noRows(), start: walkStart, end: null, checkpoints })
    return { cluster, ...walked, checkpoints: report }
  }
  const page = pageOf(pool, end.stream)
  const start = await startOf(page, checkpoints, options.from ?? 1)
  const rows = ledgerRows(page, start.position === 0 ? { position: 0, seq: -1 } : start)
  const walked = await verifyRows({ ...options, cluster, rows, start, end: ends, checkpoints })
  return { cluster, ...walked, checkpoints: report }
}

/** Of a stream that is not there; an anchor may tell that it was. */
async function* noRows(): AsyncGenerator<never> {
  yield* []
}

/** Where a walk that shall look at `from` begins: a checkpoint that holds, else the row before it, taken as it is. */
async function startOf(
  page: ReturnType<typeof pageOf>,
  checkpoints: readonly JudgedCheckpoint[],
  from: number,
): Promise<typeof walkStart> {
  if (from <= 1) return walkStart
  const sound = checkpoints.findLast(({ position, problem }) => position < from && problem === null)
  if (sound) return { position: sound.position, seq: sound.seq, hash: sound.head }
  let before: typeof walkStart = walkStart
  for await (const row of ledgerRows(page, { position: from - 1, seq: -1 })) {
    if (row.position >= from) break
    before = row
  }
  return before
}
