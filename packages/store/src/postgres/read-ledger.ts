import { archivedError, type LedgerArchive, rowsUpTo } from '../archive/ledger-archive.ts'
import { unpackBody } from '../ledger/body.ts'
import { readRecord } from '../ledger/records.ts'
import { isBehind } from '../ledger/row-place.ts'
import { seamOf } from '../sql/archives.ts'
import { type LedgerPageRow, type LedgerPlace, readLedgerPage } from '../sql/read-ledger-page.ts'
import { run, type Session } from '../sql/statement.ts'
import type { LedgerEntry } from '../store.ts'

export type RunPage = (place: LedgerPlace) => Promise<LedgerPageRow[]>

/** Rows behind a place, page by page; the next page is on its way while one is worked on. */
export async function* ledgerRows(page: RunPage, from: LedgerPlace): AsyncGenerator<LedgerPageRow> {
  let next = page(from)
  for (;;) {
    const rows = await next
    const last = rows.at(-1)
    if (!last) return
    next = page(last)
    // Awaited above, unless the reader stops before: then nobody needs the answer.
    next.catch(() => undefined)
    yield* rows
  }
}

/**
 * Rows of a stream behind a place: those that were archived and dropped from the archive, the others from the database.
 * @throws StoreError `archived` when there are such rows and no archive
 */
export async function* wholeRows(
  session: Session,
  { cluster, stream }: { readonly cluster: string; readonly stream: number },
  from: LedgerPlace,
  archive: LedgerArchive | undefined,
): AsyncGenerator<LedgerPageRow> {
  const [seam] = await run(session, seamOf, { stream })
  const isSplit = seam && isBehind(seam, from)
  if (isSplit) {
    if (!archive) throw archivedError(cluster, seam)
    yield* rowsUpTo(seam, archive, cluster, from)
  }
  yield* ledgerRows(pageOf(session, stream), isSplit ? seam : from)
}

export async function* ledgerEntries(cluster: string, rows: AsyncIterable<LedgerPageRow>): AsyncGenerator<LedgerEntry> {
  for await (const row of rows) yield readRecord(cluster, { ...row, text: textOf(row) })
}

export const textOf = ({ encoding, body }: LedgerPageRow): string => unpackBody({ encoding, bytes: body })

export function pageOf(session: Session, stream: number): RunPage {
  return ({ position, seq, day }) =>
    run(session, readLedgerPage, { stream, position, seq, ...(day === undefined ? {} : { day }) })
}
