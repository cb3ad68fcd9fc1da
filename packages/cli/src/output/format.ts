import { CliError } from '../errors.ts'
import type { Ports } from '../ports.ts'
import { csvOf } from './csv.ts'
import { type Column, table } from './table.ts'

export const formats = ['table', 'wide', 'json', 'yaml'] as const
/** Lists can be a table for other programs, too. */
export const listFormats = [...formats, 'csv'] as const
export type OutputFormat = (typeof listFormats)[number]

/** Data as it is, for programs. Members keep the names and order of the API. */
export async function structured(format: 'json' | 'yaml', data: unknown): Promise<string> {
  if (format === 'json') return `${JSON.stringify(data, null, 2)}\n`
  const { stringify } = await import('yaml')
  // Long texts stay on their line, and nothing is an alias: plain YAML for other programs.
  return stringify(data, { lineWidth: 0, aliasDuplicateObjects: false })
}

export type Listing<Row> = {
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  /** What the rows are, for an empty list: `nodes`. */
  readonly what: string
}

/** A list: a table, or `items` for programs. An empty one is said on standard error, as kubectl does. */
export async function printList<Row extends object>(
  { rows, columns, what }: Listing<Row>,
  format: OutputFormat,
  { terminal }: Pick<Ports, 'terminal'>,
): Promise<void> {
  if (format === 'json' || format === 'yaml') {
    terminal.out(await structured(format, { items: rows }))
  } else if (format === 'csv') {
    terminal.out(csvOf(rows))
  } else if (rows.length === 0) {
    terminal.err(`No ${what} on record.\n`)
  } else {
    const [head = '', ...lines] = table(columns, rows, format === 'wide')
    terminal.out(`${[terminal.paint('bold', head), ...lines].join('\n')}\n`)
  }
}

export function checkedFormat(text: string): OutputFormat {
  const format = listFormats.find(known => known === text)
  if (format === undefined) {
    throw new CliError('usage', `--output ${JSON.stringify(text)} is no format`, `it can be ${listFormats.join(', ')}`)
  }
  return format
}
