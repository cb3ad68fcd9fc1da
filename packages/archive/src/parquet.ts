import { type FileHandle, open } from 'node:fs/promises'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { isBehind, type LedgerRow, type LedgerRowPlace, ledgerText, StoreError } from '@rollcall/store'
import { type FileMetaData, parquetMetadataAsync, parquetReadObjects, type SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { OpenFile } from './place.ts'

/**
 * Rows of the ledger as Parquet: `body` is the canonical JSON that the chain hashes, so that any reader can compute the
 * chain again, and ask it with JSON functions.
 */

const required = { repetition_type: 'REQUIRED' } as const
const schema: SchemaElement[] = [
  { name: 'ledger', num_children: 7 },
  { name: 'position', type: 'INT64', ...required },
  { name: 'seq', type: 'INT32', ...required },
  { name: 'at', type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', ...required },
  { name: 'day', type: 'INT32', converted_type: 'DATE', ...required },
  { name: 'type', type: 'BYTE_ARRAY', converted_type: 'UTF8', ...required },
  { name: 'hash', type: 'BYTE_ARRAY', ...required },
  { name: 'body', type: 'BYTE_ARRAY', converted_type: 'UTF8', ...required },
]
const dayMs = 86_400_000

/** One group of rows is in memory at a time. */
const groupRows = 20_000
const groupBytes = 32 * 1024 * 1024

/** Writes rows to a local file. @returns how many, and of how many bytes the file is */
export async function writeRows(
  path: string,
  rows: AsyncIterable<LedgerRow>,
  onRows: (count: number) => void,
): Promise<{ rows: number; bytes: number }> {
  const file = await open(path, 'w')
  try {
    return await writeGroups(file, rows, onRows)
  } finally {
    await file.close()
  }
}

async function writeGroups(file: FileHandle, rows: AsyncIterable<LedgerRow>, onRows: (count: number) => void) {
  const bytes = new ByteWriter()
  // What the writer counts as written goes on; the buffer holds one group.
  const empty = async () => {
    await file.writeFile(Buffer.from(new Uint8Array(bytes.buffer, 0, bytes.index)))
    bytes.index = 0
  }
  const writer = Object.assign(bytes, { flush: empty, finish: empty })
  const parquet = new ParquetWriter({
    writer,
    schema,
    codec: 'ZSTD',
    compressors: { ZSTD: input => zstdCompressSync(input) },
    createdBy: 'rollcall',
  })
  let group: { readonly row: LedgerRow; readonly text: string }[] = []
  let size = 0
  let count = 0
  const write = async () => {
    const column = (name: string, of: (each: (typeof group)[number]) => unknown) => ({ name, data: group.map(of) })
    const columnData = [
      column('position', ({ row }) => BigInt(row.position)),
      column('seq', ({ row }) => row.seq),
      column('at', ({ row }) => new Date(row.at)),
      column('day', ({ row }) => new Date(row.day * dayMs)),
      column('type', ({ row }) => row.type),
      column('hash', ({ row }) => new Uint8Array(row.hash)),
      column('body', ({ text }) => text),
    ]
    await parquet.write({ columnData, rowGroupSize: groupRows })
    count += group.length
    onRows(group.length)
    group = []
    size = 0
  }
  for await (const row of rows) {
    const text = ledgerText(row)
    group.push({ row, text })
    size += text.length
    if (group.length >= groupRows || size >= groupBytes) await write()
  }
  if (group.length > 0) await write()
  await parquet.finish()
  return { rows: count, bytes: writer.offset }
}

/** Rows of an archived file behind a place, in order, one group of the file in memory at a time. @throws StoreError */
export async function* readRows(name: string, file: OpenFile, behind: LedgerRowPlace): AsyncGenerator<LedgerRow> {
  const damaged = (error: unknown) =>
    error instanceof StoreError
      ? error
      : new StoreError('bad-archive', `${name} is damaged: ${(error as Error).message}`, { cause: error })
  let metadata: FileMetaData
  try {
    metadata = await parquetMetadataAsync(file)
  } catch (error) {
    throw damaged(error)
  }
  let rowStart = 0
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows)
    const last = group.columns[0]?.meta_data?.statistics?.max_value
    if (last === undefined || Number(last) >= behind.position) {
      const found = await parquetReadObjects({
        file,
        metadata,
        rowStart,
        rowEnd,
        utf8: false,
        compressors: { ZSTD: input => zstdDecompressSync(input) },
      }).catch((error: unknown) => {
        throw damaged(error)
      })
      for (const columns of found) {
        const row = ledgerRow(columns as Columns)
        if (isBehind(row, behind)) yield row
      }
    }
    rowStart = rowEnd
  }
}

type Columns = {
  readonly position: bigint
  readonly seq: number
  readonly at: Date
  readonly day: Date
  readonly type: string
  readonly hash: Uint8Array
  readonly body: string
}

/** A body in full: encoding 0. */
const ledgerRow = ({ position, seq, at, day, type, hash, body }: Columns): LedgerRow => ({
  position: Number(position),
  seq,
  at: at.getTime(),
  day: Math.floor(day.getTime() / dayMs),
  type,
  hash: Buffer.from(hash),
  encoding: 0,
  body: Buffer.from(body, 'utf8'),
})
