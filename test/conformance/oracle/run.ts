import { parseArgs } from 'node:util'
import { controlPlaneBinary } from '@rollcall/infra'
import { compareWithOracle } from './ask.ts'

/** `pnpm test:oracle [--count 100000] [--seed 1]`: asks the reference's own functions and ours the same random questions. */
const { values } = parseArgs({
  args: process.argv.slice(2).filter(arg => arg !== '--'),
  options: { count: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
})
const [count, seed] = [Number(values.count), Number(values.seed)]
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
  console.error('--count is a number of questions from 1 on, --seed a whole number')
  process.exit(2)
}

const binary = await controlPlaneBinary(line => console.log(line))
const began = performance.now()
const { asked, disagreements, verdicts } = await compareWithOracle([binary, 'oracle'], { seed, count })
for (const { question, reference, ours } of disagreements) {
  console.log(
    `reference ${JSON.stringify(reference)}\nours      ${JSON.stringify(ours)}\nquestion  ${JSON.stringify(question)}\n`,
  )
}
const seconds = ((performance.now() - began) / 1000).toFixed(1)
console.log(
  `oracle (seed ${seed}): ${asked} questions in ${seconds} s: ${verdicts.run} should run, ${verdicts.continue} may continue, ` +
    `${verdicts.neither} neither; ${disagreements.length === 0 ? 'all agree' : `${disagreements.length} or more DISAGREE`}`,
)
process.exitCode = disagreements.length === 0 ? 0 : 1
