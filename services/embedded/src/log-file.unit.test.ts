import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openLogFile } from './log-file.ts'

const dir = mkdtempSync(join(tmpdir(), 'log-'))
afterAll(() => rmSync(dir, { recursive: true }))
const unexpected = (why: string) => expect.unreachable(why)
const messagesIn = (file: string) =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => (JSON.parse(line) as { msg: string }).msg)

test('lines are added to those of before, under the name of who said them', () => {
  const file = join(dir, 'plain.log')
  for (const what of ['first', 'second']) {
    const log = openLogFile(file, unexpected)
    log.loggerOf('watcher').info({}, what)
    log.close()
    log.loggerOf('watcher').info({}, 'after the end')
  }
  expect(messagesIn(file)).toEqual(['first', 'second'])
  expect(readFileSync(file, 'utf8')).toContain('"service":"watcher"')
  expect(statSync(file).mode & 0o077).toBe(0)
})

test('it never grows much beyond its bound, and the newest lines are there', () => {
  const file = join(dir, 'bounded.log')
  const log = openLogFile(file, unexpected, 2_000)
  const logger = log.loggerOf('store')
  const messages = Array.from({ length: 100 }, (_, index) => `line ${index}`)
  for (const message of messages) logger.info({}, message)
  log.close()
  const kept = [...messagesIn(`${file}.1`), ...messagesIn(file)]
  expect(kept).toEqual(messages.slice(-kept.length))
  for (const one of [file, `${file}.1`]) expect(statSync(one).size).toBeLessThan(2_200)
})

test.skipIf(!existsSync('/dev/full'))('that nothing can be written is told once', () => {
  const told: string[] = []
  const log = openLogFile('/dev/full', why => told.push(why))
  const logger = log.loggerOf('store')
  logger.info({}, 'first')
  logger.warn({}, 'second')
  log.close()
  expect(told).toEqual([expect.stringContaining('/dev/full could not be written, lines are missing in it (ENOSPC')])
})
