import { chainHash, chainStart } from './ledger/chain.ts'
import { textOf } from './postgres/read-ledger.ts'
import type { LedgerPageRow } from './sql/read-ledger-page.ts'

/** What a walk over a stream's ledger found. */
export type ChainReport =
  | { readonly ok: true; readonly cluster: string; readonly rows: number; readonly lastPosition: number }
  | {
      readonly ok: false
      readonly cluster: string
      /** Rows before it that are as they were written. */
      readonly rows: number
      /** The first row that is not as it was written, or is not where it must be. */
      readonly position: number
      readonly seq: number
      readonly problem: string
    }

type End = { readonly lastPosition: number; readonly lastSeq: number; readonly headHash: Buffer }

/**
 * Recomputes the chain over rows in order. `end` is what the stream's row said before the walk began: the chain must go
 * through it; rows that were appended meanwhile lie behind it.
 */
export async function verifyRows(
  cluster: string,
  rows: AsyncIterable<LedgerPageRow>,
  end: End | null,
): Promise<ChainReport> {
  let previous = chainStart
  let place = { position: 0, seq: 0 }
  let count = 0
  let isThere = end === null || end.lastPosition + end.lastSeq === 0
  const bad = (at: { position: number; seq: number }, problem: string): ChainReport => ({
    ok: false,
    cluster,
    rows: count,
    position: at.position,
    seq: at.seq,
    problem,
  })
  for await (const row of rows) {
    const misplaced = misplacement(place, row)
    if (misplaced) return bad(row, misplaced)
    let text: string
    try {
      text = textOf(row)
    } catch (error) {
      return bad(row, `its body cannot be unpacked: ${(error as Error).message}`)
    }
    if (!chainHash(previous, { cluster, ...row }, text).equals(row.hash)) {
      return bad(row, 'its hash does not follow from its content and the row before it')
    }
    const odd = contradiction(row, text)
    if (odd) return bad(row, odd)
    if (end && row.position === end.lastPosition && row.seq === end.lastSeq) {
      if (!row.hash.equals(end.headHash)) return bad(row, "its hash is not the one that the stream's row says")
      isThere = true
    }
    previous = row.hash
    place = row
    count++
  }
  if (!isThere) {
    return bad(
      { position: place.position + 1, seq: 0 },
      `the ledger ends at position ${place.position}, but the stream's row says ${end?.lastPosition}: rows are missing at its end`,
    )
  }
  return { ok: true, cluster, rows: count, lastPosition: place.position }
}

function misplacement(before: { position: number; seq: number }, row: LedgerPageRow): string | null {
  const follows = row.seq === 0 ? row.position === before.position + 1 : row.position === before.position
  const counts = row.seq === 0 || row.seq === before.seq + 1
  if (follows && counts) return null
  return `it follows position ${before.position} (seq ${before.seq}): rows between them are missing`
}

/** The columns that people filter by must say what the hashed body says. */
function contradiction(row: LedgerPageRow, text: string): string | null {
  const { type, at } = JSON.parse(text) as { type: string; at: number }
  if (type !== row.type) return `its column type says ${row.type}, its body ${type}`
  if (at !== row.at) return `its column at says ${row.at}, its body ${at}`
  return null
}
