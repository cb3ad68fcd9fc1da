import type { Checkpoint } from './checkpoints/checkpoint.ts'
import type { JudgedCheckpoint } from './checkpoints/judge.ts'
import { chainHash, chainStart } from './ledger/chain.ts'
import { dayOf, dayText } from './ledger/days.ts'
import { isBehind, type LedgerRowPlace } from './ledger/row-place.ts'
import { textOf } from './postgres/read-ledger.ts'
import type { LedgerPageRow } from './sql/read-ledger-page.ts'

/** What a walk over a stream's ledger found. */
export type ChainReport = ChainWalk & {
  readonly cluster: string
  readonly checkpoints: CheckpointReport
  /** What lies in an archive that was not looked at; null: nothing does. */
  readonly archived: { readonly lastPosition: number; readonly place: string } | null
}

export type ChainWalk =
  | { readonly ok: true; readonly rows: number; readonly lastPosition: number }
  | {
      readonly ok: false
      /** Rows before it that are as they were written. */
      readonly rows: number
      /** The first row that is not as it was written, or is not where it must be. */
      readonly position: number
      readonly seq: number
      /** As its columns say; null: there is no such row. */
      readonly type: string | null
      readonly at: number | null
      readonly problem: string
    }

/** What the signed checkpoints of a stream could say. Without any, nothing tells of a chain that was rewritten as a whole. */
export type CheckpointReport = {
  readonly count: number
  /** Whose keys were trusted: those that were given, or, which proves less, those that the database itself names. */
  readonly keys: 'given' | 'recorded'
  readonly newest: { readonly position: number; readonly at: number; readonly key: string } | null
  /** Checkpoints from outside the database that the stream was held against; null: none were given. */
  readonly anchors: { readonly count: number; readonly lastPosition: number } | null
  /** Events behind the newest checkpoint: nothing but their chain vouches for them yet. */
  readonly uncovered: number
}

type Place = LedgerRowPlace
type End = { readonly lastPosition: number; readonly lastSeq: number; readonly headHash: Buffer }

export type VerifyOptions = {
  /** First position that is looked at. Default: the first. The walk begins at the checkpoint before it, if there is one. */
  readonly from?: number
  /** Last position that is looked at. Default: the last. */
  readonly to?: number
  readonly onProgress?: (progress: { rows: number; position: number; lastPosition: number | null }) => void
}

export type Walk = {
  readonly cluster: string
  /** Behind `start`, in order, in pages as they were read. */
  readonly rows: AsyncIterable<LedgerPageRow>
  /** The row before the first one, whose hash is taken as true. */
  readonly start: Place & { readonly hash: Buffer }
  /**
   * What the stream's row said before the walk began: the chain must go through it; rows that were appended meanwhile lie
   * behind it. null: the stream has not begun, or the walk ends before.
   */
  readonly end: End | null
  readonly checkpoints: readonly JudgedCheckpoint[]
} & Pick<VerifyOptions, 'to' | 'onProgress'>

export const walkStart = { position: 0, seq: 0, hash: chainStart }
const progressEvery = 1_000

/** Recomputes the chain over rows in order, and holds it against the checkpoints. The first thing that is wrong ends it. */
export async function verifyRows(walk: Walk): Promise<ChainWalk> {
  const { cluster, end, onProgress = () => undefined } = walk
  const last = walk.to ?? Number.MAX_SAFE_INTEGER
  const signed = walk.checkpoints.filter(checkpoint => isBehind(checkpoint, walk.start) && checkpoint.position <= last)
  let previous = walk.start.hash
  let place: Place = walk.start
  /** null: of the row before nothing is known. */
  let day: number | null = walk.start.position === 0 ? 0 : null
  let count = 0
  let agreed: JudgedCheckpoint | null = null
  let next = 0
  let isThere = end === null || end.lastPosition > last || !isBehind(endPlace(end), walk.start)
  const bad = (at: Place & { type?: string; at?: number }, problem: string): ChainWalk => ({
    ok: false,
    rows: count,
    position: at.position,
    seq: at.seq,
    type: at.type ?? null,
    at: at.at ?? null,
    problem,
  })
  for await (const row of walk.rows) {
    if (row.position > last) break
    const misplaced = misplacement(place, row)
    if (misplaced) return bad(row, misplaced)
    let text: string
    try {
      text = textOf(row)
    } catch (error) {
      return bad(row, `its body cannot be unpacked: ${(error as Error).message}`)
    }
    if (!chainHash(previous, { cluster, position: row.position, seq: row.seq }, text).equals(row.hash)) {
      return bad(row, 'its hash does not follow from its content and the row before it: one of the two was altered')
    }
    const odd = contradiction(row, text, day)
    if (odd) return bad(row, odd)
    if (end && row.position === end.lastPosition && row.seq === end.lastSeq) {
      if (!row.hash.equals(end.headHash)) return bad(row, "its hash is not the one that the stream's row says")
      isThere = true
    }
    for (let here = signed[next]; here && !isBehind(here, row); here = signed[++next]) {
      const wrong = here.problem ? `the checkpoint here is void: ${here.problem}` : disagreement(here, row, agreed)
      if (wrong) return bad(isBehind(row, here) ? placeOf(here) : row, wrong)
      agreed = here
    }
    previous = row.hash
    place = row
    day = row.day
    if (++count % progressEvery === 0)
      onProgress({ rows: count, position: row.position, lastPosition: end?.lastPosition ?? null })
  }
  const cut = signed[next]
  if (cut?.problem) return bad(placeOf(cut), `the checkpoint here is void: ${cut.problem}`)
  const behind = { position: place.position + 1, seq: 0 }
  if (cut) {
    const when = new Date(cut.at).toISOString()
    return bad(
      behind,
      `the ledger ends at position ${place.position}, but the ${cut.isRemoved ? 'anchor' : 'checkpoint'} of ${when} signed position ${cut.position}: its end was cut off${cut.isRemoved ? ', together with its checkpoints' : ''}`,
    )
  }
  if (!isThere) {
    return bad(
      behind,
      `the ledger ends at position ${place.position}, but the stream's row says ${end?.lastPosition}: rows are missing at its end`,
    )
  }
  return { ok: true, rows: count, lastPosition: place.position }
}

/** What a report says of the checkpoints, whatever the walk found. */
export function reportCheckpoints(
  checkpoints: readonly JudgedCheckpoint[],
  keys: CheckpointReport['keys'],
  end: End | null,
  anchors?: readonly Checkpoint[],
): CheckpointReport {
  const newest = checkpoints.at(-1)
  const lastAnchored = anchors?.reduce((last, { position }) => Math.max(last, position), 0)
  return {
    count: checkpoints.length,
    keys,
    newest: newest ? { position: newest.position, at: newest.at, key: newest.key } : null,
    anchors: lastAnchored === undefined ? null : { count: anchors?.length ?? 0, lastPosition: lastAnchored },
    uncovered: Math.max(0, (end?.lastPosition ?? 0) - (newest?.position ?? 0)),
  }
}

const placeOf = ({ position, seq }: Place): Place => ({ position, seq })

const endPlace = ({ lastPosition, lastSeq }: End): Place => ({ position: lastPosition, seq: lastSeq })

function disagreement(
  checkpoint: JudgedCheckpoint,
  row: LedgerPageRow,
  agreed: JudgedCheckpoint | null,
): string | null {
  const when = new Date(checkpoint.at).toISOString()
  if (row.position !== checkpoint.position || row.seq !== checkpoint.seq) {
    return `the checkpoint of ${when} signed this row, but it is missing`
  }
  if (row.hash.equals(checkpoint.head)) {
    if (!checkpoint.isRemoved) return null
    return `an anchor of ${when} vouches for this row, but the database no longer has that checkpoint: checkpoints were removed`
  }
  const since = agreed ? `behind position ${agreed.position}, which the checkpoint before signed,` : 'from the start on'
  return `the checkpoint of ${when} signed another hash for this row: what stands ${since} up to here was rewritten`
}

function misplacement(before: Place, row: LedgerPageRow): string | null {
  const follows = row.seq === 0 ? row.position === before.position + 1 : row.position === before.position
  const counts = row.seq === 0 || row.seq === before.seq + 1
  if (follows && counts) return null
  return `it follows position ${before.position} (seq ${before.seq}): rows between them are missing`
}

/** The columns that people filter by must say what the hashed body says. */
function contradiction(row: LedgerPageRow, text: string, dayBefore: number | null): string | null {
  const { type, at } = JSON.parse(text) as { type: string; at: number }
  if (type !== row.type) return `its column type says ${row.type}, its body ${type}`
  if (at !== row.at) return `its column at says ${row.at}, its body ${at}`
  const day = Math.max(dayBefore ?? row.day, dayOf(at))
  if (day !== row.day) return `its column day says ${dayText(row.day)}, the stream's time ${dayText(day)}`
  return null
}
