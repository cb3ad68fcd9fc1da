import type pg from 'pg'
import { archivedError, type LedgerArchive, type Seam } from '../archive/ledger-archive.ts'
import { withAnchors } from '../checkpoints/anchors.ts'
import type { Checkpoint } from '../checkpoints/checkpoint.ts'
import { type JudgedCheckpoint, judgeCheckpoints } from '../checkpoints/judge.ts'
import { type CheckpointKey, checkpointKey } from '../checkpoints/keys.ts'
import { seamOf } from '../sql/archives.ts'
import { checkpointsOf, recordedKeys } from '../sql/checkpoints.ts'
import type { LedgerPageRow, LedgerPlace } from '../sql/read-ledger-page.ts'
import { selectEnd } from '../sql/select-end.ts'
import { run } from '../sql/statement.ts'
import { type ChainReport, reportCheckpoints, type VerifyOptions, verifyRows, walkStart } from '../verify-chain.ts'
import { wholeRows } from './read-ledger.ts'

export type VerifyLedgerOptions = VerifyOptions & {
  /** The public keys that are trusted. Absent: those that the database names, which whoever rewrites it can replace. */
  readonly keys?: readonly CheckpointKey[] | undefined
  /** Checkpoints of this stream that were kept outside the database: what it must still lead to. */
  readonly anchors?: readonly Checkpoint[] | undefined
  /** Walks through it, too, where rows were archived and dropped. */
  readonly archive?: LedgerArchive | undefined
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
    return { cluster, ...walked, checkpoints: report, archived: null }
  }
  const [seam] = await run(pool, seamOf, { stream: end.stream })
  const archive = options.archive
  if (seam && !archive && options.to !== undefined && options.to <= seam.position) throw archivedError(cluster, seam)
  const rowsBehind: RowsBehind = from => wholeRows(pool, { cluster, stream: end.stream }, from, archive)
  const start = await startOf(rowsBehind, checkpoints, options.from ?? 1, archive ? undefined : seam)
  const rows = rowsBehind(start.position === 0 ? { position: 0, seq: -1 } : start)
  const walked = await verifyRows({ ...options, cluster, rows, start, end: ends, checkpoints })
  const archived = seam && !archive ? { lastPosition: seam.position, place: seam.place } : null
  return { cluster, ...walked, checkpoints: report, archived }
}

/** Of a stream that is not there; an anchor may tell that it was. */
async function* noRows(): AsyncGenerator<never> {
  yield* []
}

type RowsBehind = (from: LedgerPlace) => AsyncIterable<LedgerPageRow>

/**
 * Where a walk that shall look at `from` begins: a checkpoint that holds, else the row before it, taken as it is. Behind a
 * seam it begins there, if not later: what lies before it is not at hand.
 */
async function startOf(
  rowsBehind: RowsBehind,
  checkpoints: readonly JudgedCheckpoint[],
  from: number,
  seam: Seam | undefined,
): Promise<typeof walkStart> {
  const first = seam && { position: seam.position, seq: seam.seq, hash: seam.head }
  if (first && from <= first.position + 1) return first
  if (from <= 1) return walkStart
  const sound = checkpoints.findLast(
    ({ position, problem }) => position < from && position > (first?.position ?? 0) && problem === null,
  )
  if (sound) return { position: sound.position, seq: sound.seq, hash: sound.head }
  let before: typeof walkStart = first ?? walkStart
  for await (const row of rowsBehind({ position: from - 1, seq: -1 })) {
    if (row.position >= from) break
    before = row
  }
  return before
}
