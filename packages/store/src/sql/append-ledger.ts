import type { PackedBody } from '../ledger/body.ts'
import type { PlannedRow } from '../plan.ts'
import { bigints, byteStrings, days, instants, int2s, int4s, int8s, texts } from './arrays.ts'
import { statement } from './statement.ts'

export type LedgerInsert = { readonly stream: number; readonly row: PlannedRow; readonly packed: PackedBody }

export const appendLedger = statement<readonly LedgerInsert[]>(
  'append_ledger',
  `
    insert into ledger (stream, position, seq, at, type, encoding, body, hash, subject, day)
    select *
    from unnest($1::int4[], $2::int8[], $3::int2[], $4::timestamptz[], $5::text[], $6::int2[], $7::bytea[], $8::bytea[], $9::int8[], $10::date[])`,
  rows => [
    int4s(rows.map(({ stream }) => stream)),
    int8s(rows.map(({ row }) => row.position)),
    int2s(rows.map(({ row }) => row.seq)),
    instants(rows.map(({ row }) => row.at)),
    texts(rows.map(({ row }) => row.type)),
    int2s(rows.map(({ packed }) => packed.encoding)),
    byteStrings(rows.map(({ packed }) => packed.bytes)),
    byteStrings(rows.map(({ row }) => row.hash)),
    bigints(rows.map(({ row }) => row.subject)),
    days(rows.map(({ row }) => row.day)),
  ],
)
