import { expect, test } from 'vitest'
import { compareWithOracle } from './ask.ts'

/** Oracles that are wrong or break: each answers with a program of a few lines. */
const scripted = (script: string): readonly [string, ...string[]] => [process.execPath, '-e', script]
// Not by readline, which takes U+2028 for the end of a line.
const answerAll = (answer: object) =>
  scripted(
    `process.stdin.on('data', data => data.filter(byte => byte === 10).forEach(() => console.log(${JSON.stringify(JSON.stringify(answer))})))`,
  )
const wrong = { shouldRun: true, shouldContinue: true, tolerations: [], patch: '{}' }

test('an oracle that says something else is a disagreement, with the question and both answers', async () => {
  const { asked, disagreements } = await compareWithOracle(answerAll(wrong), { seed: 1, count: 3 })
  expect(asked).toBe(3)
  expect(disagreements).toHaveLength(3)
  expect(disagreements[0]?.reference).toEqual(wrong)
  expect(disagreements[0]?.ours.patch).toContain('"$patch":"replace"')
})

test('an oracle that ends early is an error that names the seed', async () => {
  const oracle = scripted('process.exit(3)')
  await expect(compareWithOracle(oracle, { seed: 42, count: 10_000 })).rejects.toThrow(
    /code 3 after 0 of 10000.*seed 42/,
  )
})

test('an oracle that cannot be started is an error', async () => {
  await expect(compareWithOracle(['/no/such/oracle'], { seed: 1, count: 1 })).rejects.toThrow(/ENOENT/)
})
