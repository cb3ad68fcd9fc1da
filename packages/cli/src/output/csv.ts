import type { Json } from '@rollcall/contracts'

/** A row of CSV (RFC 4180). null is an empty cell; lists are JSON. */
export const csvLine = (cells: readonly (Json | undefined)[]): string => `${cells.map(csvCell).join(',')}\r\n`

function csvCell(value: Json | undefined): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

type Flat = ReadonlyMap<string, Json>

/** Items as a table: members of members become columns, `closed.at`; columns stand in the order in which they first appear. */
export function csvOf(items: readonly object[]): string {
  const rows = items.map(item => flat(item as { readonly [member: string]: Json }))
  const seen = new Set(rows.flatMap(row => [...row.keys()]))
  // An object that is null in one row, and has members in another, is told by its members.
  const columns = [...seen].filter(column => ![...seen].some(other => other.startsWith(`${column}.`)))
  return [columns, ...rows.map(row => columns.map(column => row.get(column)))].map(csvLine).join('')
}

function flat(item: { readonly [member: string]: Json }, path = '', row = new Map<string, Json>()): Flat {
  for (const [key, value] of Object.entries(item)) {
    const column = path === '' ? key : `${path}.${key}`
    if (hasMembers(value)) flat(value, column, row)
    else row.set(column, value)
  }
  return row
}

const hasMembers = (value: Json): value is { readonly [member: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
