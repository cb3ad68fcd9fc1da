import type { Statement } from './statement.ts'

/** At most this many rows, and about as many bytes, are in memory at once. */
export const pageRowsMax = 1_000
export const pageBytesMax = 4 * 1024 * 1024

export type LedgerPageRow = {
  readonly position: number
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly hash: Buffer
  readonly encoding: number
  readonly body: Buffer
}

/** The rows behind one position, in the order of the stream; at least one when there is any, however large. */
export const readLedgerPage: Statement<{ stream: number; position: number; seq: number }, LedgerPageRow> = {
  name: 'read_ledger_page',
  text: `
    select position, seq, at, type, hash, encoding, body
    from (
      select *, sum(octet_length(body)) over (order by position, seq) - octet_length(body) as bytes_before
      from (
        select position, seq, at, type, hash, encoding, body
        from ledger
        where stream = $1 and (position, seq) > ($2, $3)
        order by position, seq
        limit ${pageRowsMax}
      ) page
    ) measured
    where bytes_before < ${pageBytesMax}
    order by position, seq`,
  values: ({ stream, position, seq }) => [stream, position, seq],
  row: ({ position, seq, at, type, hash, encoding, body }) => ({
    position: Number(position),
    seq,
    at: at.getTime(),
    type,
    hash,
    encoding,
    body,
  }),
}
