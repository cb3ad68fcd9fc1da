import type { Statement } from './statement.ts'

/** Where a stream's ledger ends. */
export const selectEnd: Statement<
  { cluster: string },
  { stream: number; position: number; seq: number; head: Buffer }
> = {
  name: 'select_end',
  text: `
    select id, last_position, last_seq, head_hash
    from streams
    where cluster = $1`,
  values: ({ cluster }) => [cluster],
  row: ({ id, last_position, last_seq, head_hash }) => ({
    stream: id,
    position: Number(last_position),
    seq: last_seq,
    head: head_hash,
  }),
}
