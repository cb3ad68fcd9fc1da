import type { Json } from '../../objects/object-store.ts'

export type Column = {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  readonly format?: 'name'
  readonly description: string
  /** Columns of priority 1 are shown by `-o wide` only. */
  readonly priority?: 1
}

/** How objects of one resource are shown as rows. */
export type Printer = {
  readonly columns: readonly Column[]
  /** One cell for each column. */
  readonly cells: (object: Fields, nowMs: number) => readonly Json[]
  readonly conditions?: (object: Fields) => readonly Json[]
}

/** An object read field by field: whatever a client may have stored, a table must not fail on it. */
export type Fields = { readonly [field: string]: unknown }

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

export function itemsOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : []
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
