import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { playAll } from './play-all.ts'
import { reportOf } from './report.ts'
import { seeds } from './seeds.ts'
import { type RunningTwins, startTwins } from './start-twins.ts'

// What once differed, step by step; `pnpm test:twins` plays 200 random stories of 60 steps beside.

const dir = mkdtempSync(join(tmpdir(), 'rollcall-twins-'))
let twins: RunningTwins

beforeAll(async () => {
  twins = await startTwins(dir, () => undefined)
})
afterAll(async () => {
  await twins?.stop()
  rmSync(dir, { recursive: true, force: true })
})

test('stories that once differed come out the same with the built-in controller and with Rollcall, but for what is listed', async () => {
  const outcome = await playAll(twins, {
    plots: seeds,
    atOnce: 6,
    until: null,
    say: line => console.log(line),
  })
  expect(outcome.differing.map(reportOf)).toEqual([])
  expect(outcome).toMatchObject({ agreed: seeds.length, broken: [] })
})
