import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openAuditTokensFile } from './tokens.ts'

const dir = mkdtempSync(join(tmpdir(), 'audit-tokens-'))
afterAll(() => rmSync(dir, { recursive: true }))
const path = join(dir, 'tokens')
/** As a secret's volume does it: another file under the same name. */
function write(text: string, mode = 0o600): string {
  writeFileSync(`${path}.new`, text)
  chmodSync(`${path}.new`, mode)
  renameSync(`${path}.new`, path)
  return path
}

test('the token of one cluster is none of another', async () => {
  const digest = createHash('sha256').update('simsalabim').digest('hex')
  const tokens = await openAuditTokensFile(write(`# who may tell\neast sesame\nwest sha256:${digest}\n`), [
    'east',
    'west',
  ])
  expect(await tokens.admits('east', 'sesame')).toBe(true)
  expect(await tokens.admits('west', 'simsalabim')).toBe(true)
  expect(await tokens.admits('west', 'sesame')).toBe(false)
  expect(await tokens.admits('north', 'sesame')).toBe(false)
  expect(await tokens.admits(null, 'sesame')).toBe(false)
  expect(await tokens.admits('east', '')).toBe(false)
})

test('a token is replaced without a restart, and both hold in between', async () => {
  const tokens = await openAuditTokensFile(write('east old\n'), ['east'])
  write('east old\neast new\n')
  expect([await tokens.admits('east', 'old'), await tokens.admits('east', 'new')]).toEqual([true, true])
  write('east new\n')
  expect([await tokens.admits('east', 'old'), await tokens.admits('east', 'new')]).toEqual([false, true])
})

test('a file that breaks later admits nobody until it is whole again', async () => {
  const tokens = await openAuditTokensFile(write('east old\n'), ['east'])
  write('')
  await expect(tokens.admits('east', 'old')).rejects.toThrow('has no token for east')
  write('east old\n')
  expect(await tokens.admits('east', 'old')).toBe(true)
})

test('with one cluster the token alone will do', async () => {
  const tokens = await openAuditTokensFile(write('sesame\n'), ['east'])
  expect(await tokens.admits('east', 'sesame')).toBe(true)
})

test.each([
  ['sesame\n', 'is wrong in line 1'],
  ['east a\nwest b c\n', 'is wrong in line 2'],
  ['east sha256:abc\nwest b\n', 'a SHA-256 has 64 hex digits'],
  ['east a\n', 'has no token for west'],
])('%j is told', async (text, why) => {
  await expect(openAuditTokensFile(write(text), ['east', 'west'])).rejects.toThrow(why)
})

test('what everybody may read is refused, and what is not there told', async () => {
  await expect(openAuditTokensFile(write('east a\n', 0o644), ['east'])).rejects.toThrow('chmod 600')
  await expect(openAuditTokensFile(join(dir, 'nothing'), ['east'])).rejects.toThrow('cannot be read')
})
