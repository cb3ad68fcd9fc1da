import { controlPlaneBinary } from '@rollcall/infra'
import { expect, test } from 'vitest'
import { compareWithOracle } from './oracle/ask.ts'

/** As many as a test run may take; `pnpm test:oracle` asks 100,000 of any seed. */
const count = 20_000

test(`${count} random questions: the reference’s own functions and ours give the same answers`, async () => {
  const binary = await controlPlaneBinary()
  const { asked, disagreements } = await compareWithOracle([binary, 'oracle'], { seed: 2026, count })
  expect(disagreements).toEqual([])
  expect(asked).toBe(count)
})
