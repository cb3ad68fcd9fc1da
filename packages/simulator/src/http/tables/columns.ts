import { descriptionOf } from '../../openapi/schemas.ts'
import type { Column } from './table.ts'

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

/** A column whose text of explanation is its own. */
export function column(name: string, description: string, more: Partial<Column> = {}): Column {
  return { name, type: 'string', description, ...more }
}

/** A column that shows a field, and is explained as the field is. */
export function columnOf(name: string, schema: string, field: string, more: Partial<Column> = {}): Column {
  return column(name, descriptionOf(schema, field), more)
}

export const nameColumn = (): Column => columnOf('Name', meta, 'name', { format: 'name' })
export const ageColumn = (): Column => columnOf('Age', meta, 'creationTimestamp')
export const createdAtColumn = (): Column => columnOf('Created At', meta, 'creationTimestamp', { type: 'date' })
