import { chmodSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { digestIn, openSecretFile, ownersOf, secretDigest } from './secret-file.ts'

const dir = mkdtempSync(join(tmpdir(), 'secret-file-'))
afterAll(() => rmSync(dir, { recursive: true }))
const path = join(dir, 'secrets')

function write(text: string, mode = 0o600): void {
  writeFileSync(path, text)
  chmodSync(path, mode)
}
const opened = () =>
  openSecretFile({
    path,
    name: 'the file',
    entry: 'ONE WORD',
    parse: (lines, wrong) =>
      lines.map((words, index) => {
        if (words.length !== 2) throw wrong.line(index)
        return words.join(' ')
      }),
  })

test('comments and empty lines say nothing; a # within a word is one of it', async () => {
  write('# who\n\none a#b # his\n  two b  \n')
  expect(await (await opened())()).toEqual(['one a#b', 'two b'])
})

test('it is read again when it changes, also when another file comes under its name with the same time', async () => {
  write('one a\n')
  utimesSync(path, 1_000, 1_000)
  const ask = await opened()
  writeFileSync(`${path}.new`, 'one b\n', { mode: 0o600 })
  utimesSync(`${path}.new`, 1_000, 1_000)
  renameSync(`${path}.new`, path)
  expect(await ask()).toEqual(['one b'])
})

test('an error names the file, the line as an editor counts it, and the mend; what was good before is not any more', async () => {
  write('one a\n')
  const ask = await opened()
  write('# comment\n\none\n')
  await expect(ask()).rejects.toThrow(`the file ${path} is wrong in line 3: write ONE WORD`)
  await expect(ask()).rejects.toThrow('line 3')
  write('one a\n', 0o644)
  await expect(ask()).rejects.toThrow('may be read by every user of this machine: chmod 600')
  rmSync(path)
  await expect(ask()).rejects.toThrow('cannot be read: ENOENT')
  write('two b\n')
  expect(await ask()).toEqual(['two b'])
})

test('a secret, or its digest, names its owner', () => {
  const known = [
    { owner: 'jane', digest: secretDigest('sesame') },
    { owner: 'john', digest: digestIn(`sha256:${secretDigest('simsalabim').toString('hex')}`) ?? Buffer.alloc(32) },
  ]
  expect(ownersOf(known, 'sesame')).toEqual(['jane'])
  expect(ownersOf(known, 'simsalabim')).toEqual(['john'])
  expect(ownersOf(known, '')).toEqual([])
  expect(digestIn('sha256:abc')).toBeNull()
})
