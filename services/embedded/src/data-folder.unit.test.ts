import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openDataFolder } from './data-folder.ts'

const dir = mkdtempSync(join(tmpdir(), 'data-folder-'))
afterAll(() => rmSync(dir, { recursive: true }))

const up = {
  version: 1,
  pid: 1,
  startedAt: 2,
  auditorUrl: 'http://127.0.0.1:7070',
  token: 't',
  postgresUrl: 'postgres://x',
  clusters: [],
} as const

test('a new folder is made, marked, and closed to others', () => {
  const path = join(dir, 'a/b/new')
  openDataFolder(path, false).release()
  expect(JSON.parse(readFileSync(join(path, 'rollcall.json'), 'utf8'))).toEqual({ format: 1 })
  expect(statSync(path).mode & 0o077).toBe(0)
  expect(existsSync(join(path, 'lock'))).toBe(false)
})

test('whoever comes second is told who holds it, and where that one answers', () => {
  const path = join(dir, 'held')
  const folder = openDataFolder(path, false)
  const second = () => openDataFolder(path, false)
  expect(second).toThrow(`another rollcall (pid ${process.pid}) runs on ${path}: stop it`)
  folder.announce(up)
  expect(second).toThrow(/and answers at http:\/\/127\.0\.0\.1:7070: stop it with Ctrl-C or `kill \d+`, or choose/)
  folder.release()
  openDataFolder(path, false).release()
})

test('the lock of a process that has died is taken over, and its address forgotten', () => {
  const path = join(dir, 'stale')
  openDataFolder(path, false).release()
  writeFileSync(join(path, 'lock'), JSON.stringify({ pid: process.pid, startedAt: 'long ago' }))
  writeFileSync(join(path, 'up.json'), JSON.stringify(up))
  const folder = openDataFolder(path, false)
  expect(existsSync(join(path, 'up.json'))).toBe(false)
  folder.release()
})

test('a folder that is refused is not held', () => {
  const path = join(dir, 'foreign')
  mkdirSync(path)
  writeFileSync(join(path, 'letters.txt'), 'dear')
  for (let time = 0; time < 2; time++) {
    expect(() => openDataFolder(path, false)).toThrow(/foreign is not empty, and not made by rollcall: choose/)
  }
  expect(existsSync(join(path, 'lock'))).toBe(false)
})

test('of another version, or with a marker that nobody can read: refused', () => {
  for (const marker of ['{"format":2}', '{"format":', '[]']) {
    const path = mkdtempSync(join(dir, 'version-'))
    writeFileSync(join(path, 'rollcall.json'), marker)
    expect(() => openDataFolder(path, false)).toThrow(/was written by another version of rollcall/)
    expect(readFileSync(join(path, 'rollcall.json'), 'utf8')).toBe(marker)
  }
})

test('what was kept before is not taken for ephemeral', () => {
  const path = join(dir, 'kept')
  const folder = openDataFolder(path, false)
  mkdirSync(folder.postgresDir)
  folder.release()
  expect(() => openDataFolder(path, true)).toThrow(/holds what an earlier run has kept/)
  expect(existsSync(folder.postgresDir)).toBe(true)
})

test('an ephemeral folder is removed at the end', () => {
  const folder = openDataFolder(null, true)
  writeFileSync(join(folder.clustersDir, 'x'), '')
  folder.release()
  expect(existsSync(folder.path)).toBe(false)
})
