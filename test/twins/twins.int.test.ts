import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { playAll } from './play-all.ts'
import { reportOf } from './report.ts'
import { seeds } from './seeds.ts'
import { type RunningTwins, startTwins } from './start-twins.ts'

// A short run; `pnpm test:twins` plays 200 stories of 60 steps.
const fresh = [1, 2, 3, 4, 5, 6].map(seed => ({ seed, count: 25 }))

const dir = mkdtempSync(join(tmpdir(), 'rollcall-twins-'))
let twins: RunningTwins

beforeAll(async () => {
  twins = await startTwins(dir, () => undefined)
})
afterAll(async () => {
  await twins?.stop()
  rmSync(dir, { recursive: true, force: true })
})

test('the same random stories come out the same with the built-in controller and with Rollcall, but for what is listed', async () => {
  const outcome = await playAll(twins, {
    plots: [...seeds, ...fresh],
    atOnce: 6,
    until: null,
    say: line => console.log(line),
  })
  expect(outcome.differing.map(reportOf)).toEqual([])
  expect(outcome.stories).toBe(seeds.length + fresh.length)
})
