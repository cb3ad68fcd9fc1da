import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { lastLines } from './log-tail.ts'

const dir = mkdtempSync(join(tmpdir(), 'log-tail-'))
const file = join(dir, 'a.log')
afterAll(() => rmSync(dir, { recursive: true }))

test('the last lines come without the empty ones', () => {
  writeFileSync(file, 'one\n\ntwo  \nthree\n\n')
  expect(lastLines(file, 2)).toEqual(['two', 'three'])
})

test('a log that does not exist has no lines', () => {
  expect(lastLines(join(dir, 'none.log'))).toEqual([])
})

test('lines of an earlier start are left out', () => {
  writeFileSync(file, 'old\nnew\n')
  expect(lastLines(file, 20, 4)).toEqual(['new'])
})

test('of a huge log only the end is read, and no half line is shown', () => {
  writeFileSync(file, `${'x'.repeat(60)}\n`.repeat(5_000))
  const lines = lastLines(file, 100_000)
  expect(lines.length).toBeGreaterThan(900)
  expect(lines.length).toBeLessThan(1_200)
  expect(lines.every(line => line.length === 60)).toBe(true)
})

test('a line that never ends is cut', () => {
  writeFileSync(file, 'y'.repeat(10_000))
  expect(lastLines(file)[0]).toHaveLength(501)
})
