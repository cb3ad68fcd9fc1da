import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildStep } from '@rollcall/local-process'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { cached, digestOf } from './cached.ts'

const home = mkdtempSync(join(tmpdir(), 'cache-'))
const source = join(home, 'source.txt')
beforeAll(() => {
  vi.stubEnv('XDG_CACHE_HOME', home)
  writeFileSync(source, 'one')
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true })
})

test('an artefact is built once, also for two that want it at the same time', async () => {
  let builds = 0
  const artefact = {
    kind: 'once',
    title: 'it',
    files: [source],
    async build(dir: string) {
      builds += 1
      writeFileSync(join(dir, 'result'), 'built')
    },
  }
  const [one, two] = await Promise.all([cached(artefact), cached(artefact)])
  expect(one).toBe(two)
  expect(readFileSync(join(one, 'result'), 'utf8')).toBe('built')
  expect(await cached(artefact)).toBe(one)
  expect(builds).toBe(1)
})

test('another content, another fact: another artefact', () => {
  const before = digestOf({ files: [source], facts: ['a'] })
  expect(digestOf({ files: [source], facts: ['b'] })).not.toBe(before)
  writeFileSync(source, 'two')
  expect(digestOf({ files: [source], facts: ['a'] })).not.toBe(before)
  writeFileSync(source, 'one')
  expect(digestOf({ files: [source], facts: ['a'] })).toBe(before)
})

test('a build that fails shows the last lines of its tool, and leaves nothing that could be taken for a result', async () => {
  const failing = cached({
    kind: 'failing',
    title: 'it',
    files: [],
    build: (dir, logFile) =>
      buildStep({
        title: 'It',
        command: ['sh', '-c', 'touch half; echo no luck; exit 3'],
        cwd: dir,
        logFile,
        toolMend: 'Buy a shell',
      }),
  })
  await expect(failing).rejects.toMatchObject({ code: 'build-failed', lastLines: ['no luck'], mend: 'Buy a shell' })
  const left = readdirSync(join(home, 'rollcall')).filter(name => name.startsWith('failing'))
  expect(left).toEqual(['failing.log'])
})

test('a tool that is missing is named, with how to get it', async () => {
  const failing = cached({
    kind: 'lacking',
    title: 'it',
    files: [],
    build: (dir, logFile) =>
      buildStep({ title: 'It', command: ['no-such-tool'], cwd: dir, logFile, toolMend: 'Get it from the shop' }),
  })
  await expect(failing).rejects.toThrow('It needs no-such-tool, which is not here. Get it from the shop')
})

test('what a build that died had left is cleared away by the next', async () => {
  const left = join(home, 'rollcall/again.building-1')
  await cached({ kind: 'again', title: 'it', files: [], build: async () => writeFileSync(source, 'one') })
  writeFileSync(left, '')
  await cached({ kind: 'again', title: 'it', files: [], facts: ['new'], build: async () => undefined })
  expect(existsSync(left)).toBe(false)
})
