import type { FileHandle } from 'node:fs/promises'
import type { Json } from '@rollcall/contracts'
import { csvLine } from '../output/csv.ts'
import type { CellType, ExportColumn } from './columns.ts'

/** Where text goes; resolves when there is room for more. */
export type TextSink = (text: string) => Promise<void>

/** Rows that one group of a Parquet file holds, and so all that is ever in memory. */
const groupRows = 50_000

/** CSV with a head, or JSON with one object a line. Memory holds one page, however many there are. */
export async function writeText<Item>(
  format: 'csv' | 'json',
  columns: readonly ExportColumn<Item>[],
  pages: AsyncIterable<readonly Item[]>,
  sink: TextSink,
): Promise<void> {
  if (format === 'csv') await sink(csvLine(columns.map(({ name }) => name)))
  for await (const items of pages) {
    await sink(items.map(item => (format === 'csv' ? csvRow(item, columns) : jsonRow(item, columns))).join(''))
  }
}

const csvRow = <Item>(item: Item, columns: readonly ExportColumn<Item>[]): string =>
  csvLine(columns.map(({ cell }) => cell(item)))

const jsonRow = <Item>(item: Item, columns: readonly ExportColumn<Item>[]): string =>
  `${JSON.stringify(Object.fromEntries(columns.map(({ name, cell }) => [name, cell(item) ?? null])))}\n`

const parquetTypes = {
  text: 'STRING',
  instant: 'TIMESTAMP',
  integer: 'INT64',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  json: 'JSON',
} as const satisfies { readonly [type in CellType]: string }

/** Parquet, Snappy, one group of rows in memory at a time. */
export async function writeParquet<Item>(
  columns: readonly ExportColumn<Item>[],
  pages: AsyncIterable<readonly Item[]>,
  file: FileHandle,
): Promise<void> {
  const { ByteWriter, parquetWriteRows } = await import('hyparquet-writer')
  const bytes = new ByteWriter()
  // The library asks for the buffer to be emptied after each group; what it counts as written goes on.
  const empty = async () => {
    const chunk = Buffer.from(new Uint8Array(bytes.buffer, 0, bytes.index))
    bytes.index = 0
    await file.writeFile(chunk)
  }
  const writer = Object.assign(bytes, { flush: empty, finish: empty })
  await parquetWriteRows({
    writer,
    columns: columns.map(({ name, type }) => ({ name, type: parquetTypes[type], nullable: true })),
    rows: rowsOf(columns, pages),
    rowGroupSize: groupRows,
  })
}

async function* rowsOf<Item>(columns: readonly ExportColumn<Item>[], pages: AsyncIterable<readonly Item[]>) {
  for await (const items of pages) {
    for (const item of items) {
      yield Object.fromEntries(columns.map(({ name, type, cell }) => [name, parquetCell(type, cell(item))]))
    }
  }
}

function parquetCell(type: CellType, value: Json | undefined): unknown {
  if (value === null || value === undefined) return null
  if (type === 'instant') return new Date(String(value))
  return type === 'integer' ? BigInt(value as number) : value
}
