import type { Statement } from './statement.ts'

/** At most this many rows, and about as many bytes, are in memory at once. */
export const pageRowsMax = 1_000
export const pageBytesMax = 4 * 1024 * 1024

export type LedgerPageRow = {
  readonly position: number
  readonly seq: number
  readonly at: number
  /** UTC day of the stream's time, counted from 1970-01-01. */
  readonly day: number
  readonly type: string
  readonly hash: Buffer
  readonly encoding: number
  readonly body: Buffer
}

/** Where to read on; its day, when it is known, spares the partitions before it. */
export type LedgerPlace = { readonly position: number; readonly seq: number; readonly day?: number }

/** The rows of a table behind one position, in the order of the stream; at least one when there is any, however large. */
export const ledgerPage = (
  name: string,
  table: string,
): Statement<LedgerPlace & { stream: number }, LedgerPageRow> => ({
  name,
  text: `
    select position, seq, at, day - date '1970-01-01' as day, type, hash, encoding, body
    from (
      select *, sum(octet_length(body)) over (order by position, seq) - octet_length(body) as bytes_before
      from (
        select position, seq, at, day, type, hash, encoding, body
        from ${table}
        where stream = $1 and (position, seq) > ($2, $3) and day >= date '1970-01-01' + $4::int4
        order by position, seq
        limit ${pageRowsMax}
      ) page
    ) measured
    where bytes_before < ${pageBytesMax}
    order by position, seq`,
  values: ({ stream, position, seq, day = 0 }) => [stream, position, seq, day],
  row: ({ position, seq, at, day, type, hash, encoding, body }) => ({
    position: Number(position),
    seq,
    at: at.getTime(),
    day,
    type,
    hash,
    encoding,
    body,
  }),
})

export const readLedgerPage = ledgerPage('read_ledger_page', 'ledger')
