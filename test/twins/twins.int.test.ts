import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { playAll } from './play-all.ts'
import { reportOf } from './report.ts'
import { seeds } from './seeds.ts'
import { type RunningTwins, startTwins } from './start-twins.ts'

// What once differed, step by step, and a few short random stories, always the same; `pnpm test:twins` plays 200 of 60 steps.

const dir = mkdtempSync(join(tmpdir(), 'rollcall-twins-'))
let twins: RunningTwins

beforeAll(async () => {
  twins = await startTwins(dir, () => undefined)
})
afterAll(async () => {
  await twins?.stop()
  rmSync(dir, { recursive: true, force: true })
})

const random = [301, 302, 303, 304].map(seed => ({ seed, count: 20 }))

test('stories that once differed, and random ones, come out the same with the built-in controller and with Rollcall, but for what is listed', async () => {
  const outcome = await playAll(twins, {
    plots: [...random, ...seeds],
    atOnce: 8,
    until: null,
    say: line => console.log(line),
  })
  expect(outcome.differing.map(reportOf)).toEqual([])
  expect(outcome.broken).toEqual([])
  expect(outcome.agreed).toHaveLength(random.length + seeds.length)
})
