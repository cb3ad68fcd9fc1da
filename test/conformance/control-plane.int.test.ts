import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { columnOf, columnsIn } from './coverage.ts'
import { type Result, runSuite } from './run-suite.ts'
import { titleOf } from './scenario.ts'
import { controlPlane } from './stages.ts'
import { suite } from './suite.ts'

const coverage = readFileSync(join(import.meta.dirname, 'COVERAGE.md'), 'utf8')

// The built-in controller, which checks the cases themselves, is played on demand: it races itself now and then (README.md).
describe('Rollcall on a real control plane', () => {
  const stage = controlPlane
  let results: readonly Result[] = []
  beforeAll(async () => {
    results = await runSuite(suite, stage)
  })
  afterAll(() => stage.close?.())

  test('no case is wrong', () => {
    const wrong = results.flatMap(one =>
      one.result === 'wrong'
        ? one.mismatches.map(({ step, what }) => `${titleOf(one.case)}, step ${step}: ${what}`)
        : [],
    )
    expect(wrong).toEqual([])
  })

  test('what runs here ends as COVERAGE.md says (pnpm test:conformance --world control-plane --write)', () => {
    const written = columnsIn(coverage).get(stage.name)
    const found = columnOf(stage.name, results)
    expect(found.summary).toBe(written?.summary)
    expect(Object.fromEntries(found.cells)).toEqual(Object.fromEntries(written?.cells ?? []))
  })
})
