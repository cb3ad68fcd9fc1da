import type pg from 'pg'
import { expect, test } from 'vitest'
import { expectServer } from './schema-version.ts'
import { parseTarget } from './target.ts'

const target = parseTarget('postgres://rollcall:secret@db.internal/rollcall')
/** A connection to a server of this version, as far as the check looks. */
const serverOf = (version: number) => ({ query: async () => ({ rows: [{ version }] }) }) as unknown as pg.ClientBase

test('a server older than 15 is refused with the mend', async () => {
  await expect(expectServer(serverOf(140_012), target)).rejects.toMatchObject({
    code: 'old-server',
    message: 'db.internal:5432 is Postgres 14: Rollcall needs 15 or newer, upgrade it',
  })
})

test.each([150_000, 150_015, 180_001])('server %i will do', async version => {
  await expectServer(serverOf(version), target)
})
