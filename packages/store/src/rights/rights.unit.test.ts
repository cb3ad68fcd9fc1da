import { getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { expect, test } from 'vitest'
import * as schema from '../schema/index.ts'
import { writerRights } from './rights.ts'
import { asRole } from './roles.ts'

test('every table has its rights: a new one is decided on in rights.ts', () => {
  const tables = (Object.values(schema) as PgTable[]).map(getTableName)
  expect(Object.keys(writerRights).sort()).toEqual([...tables, 'schema_version'].sort())
})

test('a role whose name has a space stays one setting', () => {
  expect(asRole('my role\\x')).toBe('-c role=my\\ role\\\\x')
})
