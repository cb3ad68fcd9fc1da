import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Outcome, summaryOf } from './play-all.ts'
import type { Told } from './play-story.ts'
import { plotsIn, writeRecord } from './record.ts'
import type { Step } from './step.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'twins-record-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const steps: readonly Step[] = [{ do: 'collect' }, { do: 'leave', node: 'n1' }]
const told = (seed: number): Told => ({
  story: `s1x${seed}`,
  seed,
  steps,
  isCut: false,
  explained: new Map(),
  unexplained: [{ at: 'a', builtIn: '1', rollcall: undefined }],
  awaited: [],
  waits: new Map(),
})
const outcome = (more: Partial<Outcome> = {}): Outcome => ({
  asked: 3,
  agreed: 3,
  cut: 0,
  differing: [],
  broken: [],
  steps: 180,
  seconds: 90,
  explained: new Map([['update-order', { stories: 2, steps: 5 }]]),
  waits: new Map([['quiet', 1234]]),
  ...more,
})

describe('a record of a run', () => {
  test('plays the stories that differed again, as short as they were made', () => {
    const file = join(dir, 'run.json')
    writeRecord(file, 'pnpm test:twins', outcome({ differing: [told(7), told(8)] }), new Map([[8, steps.slice(1)]]))
    expect(plotsIn(file)).toEqual([
      { seed: 7, steps },
      { seed: 8, steps: [{ do: 'leave', node: 'n1' }] },
    ])
  })

  test('of something else is refused by name', () => {
    const file = join(dir, 'other.json')
    writeFileSync(file, '{"stories":1}')
    expect(() => plotsIn(file)).toThrow(`${file} is no record of pnpm test:twins`)
  })
})

describe('the last line of a run', () => {
  test('counts what agrees', () => {
    expect(summaryOf(outcome())).toEqual([
      '  known difference update-order: in 2 stories, after 5 steps',
      'twins: 3 of 3 stories agree, no unexplained difference; 180 steps in 1.5 min',
    ])
  })

  test('names the seeds of what does not, and hides nothing that was not played', () => {
    const broken = [{ seed: 9, error: 'Error: refused' }]
    const line = summaryOf(outcome({ asked: 10, agreed: 4, cut: 1, differing: [told(7), told(8)], broken })).at(-1)
    expect(line).toContain('4 of 10 stories agree, 1 agree as far as there was time, 2 not played')
    expect(line).toContain('1 BROKEN (seeds 9), 2 DIFFER (seeds 7, 8)')
  })
})
