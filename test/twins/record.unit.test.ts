import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Agreed, type Outcome, playAll, summaryOf } from './play-all.ts'
import type { Told, Twins } from './play-story.ts'
import { earlierIn, plotsIn, writeRecord } from './record.ts'
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
const agreed = (...seeds: readonly number[]): readonly Agreed[] =>
  seeds.map(seed => ({ seed, from: 'seed', count: 60, steps: 61, explained: {}, did: { collect: 61 } }))
const version = { commit: 'abc', isChanged: false, core: '5' }
const outcome = (more: Partial<Outcome> = {}): Outcome => ({
  asked: 3,
  agreed: agreed(1, 2, 3),
  taken: 0,
  differedBefore: [],
  cut: 0,
  differing: [],
  broken: [],
  steps: 180,
  seconds: 90,
  explained: new Map([['update-order', { stories: 2, steps: 5 }]]),
  did: { join: 7, collect: 173 },
  waits: new Map([['quiet', 1234]]),
  ...more,
})

describe('a record of a run', () => {
  test('plays the stories that differed again, as short as they were made', () => {
    const file = join(dir, 'run.json')
    writeRecord(
      file,
      'pnpm test:twins',
      version,
      outcome({ differing: [told(7), told(8)] }),
      new Map([[8, steps.slice(1)]]),
    )
    expect(plotsIn(file)).toEqual([
      { seed: 7, steps },
      { seed: 8, steps: [{ do: 'leave', node: 'n1' }] },
    ])
  })

  test('that was interrupted says what agreed, and which stories ever differed', () => {
    const file = join(dir, 'run.json')
    writeRecord(file, 'pnpm test:twins', version, outcome({ differing: [told(7)], differedBefore: [5] }))
    expect(earlierIn(file, version)).toEqual({ agreed: agreed(1, 2, 3), differed: [5, 7] })
  })

  test.each([{ commit: 'def' }, { core: '6' }, { isChanged: true }, { commit: null }])(
    'of another commit, core or working tree is not gone on from: %o',
    more => {
      const file = join(dir, 'run.json')
      writeRecord(file, 'pnpm test:twins', version, outcome())
      expect(() => earlierIn(file, { ...version, ...more })).toThrow(`${file} is of core 5 at abc, and this is core`)
    },
  )

  test.each([{ isChanged: true }, { commit: null }])(
    'that does not say what was played with is not gone on from, even there: %o',
    more => {
      const file = join(dir, 'run.json')
      writeRecord(file, 'pnpm test:twins', { ...version, ...more }, outcome())
      expect(() => earlierIn(file, { ...version, ...more })).toThrow('what agreed there proves nothing here')
    },
  )

  test('of something else is refused by name', () => {
    const file = join(dir, 'other.json')
    writeFileSync(file, '{"stories":1}')
    expect(() => plotsIn(file)).toThrow(`${file} is no record of pnpm test:twins`)
    expect(() => earlierIn(file, version)).toThrow(`${file} is no record of pnpm test:twins`)
  })
})

test('a run that goes on from an interrupted one plays what did not agree there, each as often as it was asked for', async () => {
  const nobody = {
    open: () => Promise.reject(new Error('played')),
    clear: () => Promise.resolve(),
  } as Partial<Twins['rollcall']> as Twins['rollcall']
  const drawn = (seed: number, count = 60) => ({ seed, count })
  const { broken, taken, did, ...so } = await playAll(
    { builtIn: nobody, rollcall: nobody, fence: { pass: () => Promise.resolve() } },
    {
      plots: [drawn(1), drawn(2), drawn(3, 20), drawn(1), { seed: 1, steps }],
      earlier: { agreed: agreed(1, 2, 3), differed: [5] },
      atOnce: 1,
      until: null,
      say: () => undefined,
    },
  )
  expect(broken.map(({ seed }) => seed)).toEqual([3, 1, 1])
  expect({ taken, did, seeds: so.agreed.map(({ seed }) => seed), steps: so.steps }).toEqual({
    taken: 2,
    did: { collect: 122 },
    seeds: [1, 2],
    steps: 122,
  })
  expect(so.differedBefore).toEqual([5])
})

describe('the last line of a run', () => {
  test('counts what agrees', () => {
    expect(summaryOf(outcome())).toEqual([
      '  steps: collect 173, join 7',
      '  known difference update-order: in 2 stories, after 5 steps',
      'twins: 3 of 3 stories agree, no unexplained difference; 180 steps in 1.5 min',
    ])
  })

  test('says what an interrupted run has brought, differences too', () => {
    const line = summaryOf(outcome({ taken: 2, differedBefore: [5] })).at(-1)
    expect(line).toContain(
      '3 of 3 stories agree (2 of them in an interrupted run), 1 DIFFERED BEFORE (seeds 5), no unexp',
    )
  })

  test('names the seeds of what does not, and hides nothing that was not played', () => {
    const broken = [{ seed: 9, error: 'Error: refused' }]
    const line = summaryOf(
      outcome({ asked: 10, agreed: agreed(1, 2, 3, 4), cut: 1, differing: [told(7), told(8)], broken }),
    ).at(-1)
    expect(line).toContain('4 of 10 stories agree, 1 agree as far as there was time, 2 not played')
    expect(line).toContain('1 BROKEN (seeds 9), 2 DIFFER (seeds 7, 8)')
  })
})
