import type pg from 'pg'
import { unpackBody } from '../ledger/body.ts'
import { readRecord } from '../ledger/records.ts'
import { type LedgerPageRow, type LedgerPlace, readLedgerPage } from '../sql/read-ledger-page.ts'
import { run } from '../sql/statement.ts'
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

export async function* ledgerEntries(cluster: string, rows: AsyncIterable<LedgerPageRow>): AsyncGenerator<LedgerEntry> {
  for await (const row of rows) yield readRecord(cluster, { ...row, text: textOf(row) })
}

export const textOf = ({ encoding, body }: LedgerPageRow): string => unpackBody({ encoding, bytes: body })

export function pageOf(pool: pg.Pool, stream: number): RunPage {
  return ({ position, seq, day }) =>
    run(pool, readLedgerPage, { stream, position, seq, ...(day === undefined ? {} : { day }) })
}
