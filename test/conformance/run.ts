import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CoreWorld } from './core/world.ts'
import { coverageOf } from './coverage.ts'
import { runSuite, summaryOf } from './run-suite.ts'
import { titleOf } from './scenario.ts'
import { suite } from './suite.ts'

/**
 * `pnpm test:conformance [--write] [ID…]`: the conformance suite on the core. With ids only those cases; with `--write` the
 * table of coverage is written. The last line counts.
 */
const table = join(import.meta.dirname, 'COVERAGE.md')
const args = process.argv.slice(2).filter(arg => arg !== '--')
const write = args.includes('--write')
const wanted = args.filter(arg => arg !== '--write')
const chosen = wanted.length === 0 ? suite : suite.filter(({ id }) => wanted.includes(id))
if (chosen.length === 0) {
  console.error(`no case is called ${wanted.join(' or ')}: the ids are in test/conformance/COVERAGE.md`)
  process.exit(2)
}

const results = await runSuite(chosen, () => new CoreWorld())
for (const one of results) {
  if (one.result === 'wrong') {
    console.log(`WRONG ${titleOf(one.case)}`)
    for (const { step, what } of one.mismatches) console.log(`      step ${step}: ${what}`)
  } else if (wanted.length > 0) {
    console.log(`${one.result.padEnd(6)} ${titleOf(one.case)}`)
  }
}

let stale = false
if (wanted.length === 0) {
  const coverage = coverageOf({ core: results })
  if (write) writeFileSync(table, coverage)
  stale = readFileSync(table, 'utf8') !== coverage
  if (stale) console.log('COVERAGE.md is not what this run gives: pnpm test:conformance --write')
}
console.log(summaryOf('core', results))
process.exitCode = stale || results.some(({ result }) => result === 'wrong') ? 1 : 0
