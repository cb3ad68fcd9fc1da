import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { columnOf, columnsIn, coverageOf } from './coverage.ts'
import { overallOf, type Result, runSuite, type Stage, summaryOf } from './run-suite.ts'
import { type Case, titleOf } from './scenario.ts'
import { stages } from './stages.ts'
import { suite } from './suite.ts'

/**
 * `pnpm test:conformance [--world core|simulator|control-plane|all]… [--controller rollcall|built-in] [--write] [ID…]`: the
 * conformance suite in these worlds, by default in those that need nothing but this process. With ids only those cases;
 * with `--write` their columns of the table of coverage are written. The last line counts.
 */
const table = join(import.meta.dirname, 'COVERAGE.md')
const { values, positionals: wanted } = parseArgs({
  args: process.argv.slice(2).filter(arg => arg !== '--'),
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    world: { type: 'string', multiple: true },
    controller: { type: 'string' },
  },
})
const chosen = wanted.length === 0 ? suite : suite.filter(({ id }) => wanted.includes(id))
if (chosen.length === 0) fail(`no case is called ${wanted.join(' or ')}: the ids are in test/conformance/COVERAGE.md`)
const played = stages.filter(
  ({ world, controller, isQuick }) =>
    (values.world === undefined ? isQuick : values.world.includes(world) || values.world.includes('all')) &&
    (values.controller ?? controller) === controller,
)
if (played.length === 0) fail('no such world: --world core|simulator|control-plane|all, --controller rollcall|built-in')

const results = new Map<string, readonly Result[]>()
for (const stage of played) {
  const started = Date.now()
  const found = await playOn(stage, chosen)
  results.set(stage.name, found)
  tell(found)
  console.log(`${summaryOf(stage.name, found)} (${((Date.now() - started) / 1000).toFixed(0)} s)`)
}

let stale = false
if (wanted.length === 0) {
  const columns = columnsIn(readFileSync(table, 'utf8'))
  for (const [name, found] of results) columns.set(name, columnOf(name, found))
  const coverage = coverageOf(
    suite,
    new Map(stages.flatMap(({ name }) => [[name, columns.get(name)] as const]).filter(isThere)),
  )
  if (values.write) writeFileSync(table, coverage)
  stale = readFileSync(table, 'utf8') !== coverage
  if (stale) console.log('COVERAGE.md is not what this run gives: pnpm test:conformance --write')
}
const overall = overallOf([...results.values()])
console.log(overall.line)
process.exitCode = stale || overall.isWrong ? 1 : 0

function isThere<T>(entry: readonly [string, T | undefined]): entry is readonly [string, T] {
  return entry[1] !== undefined
}

async function playOn(stage: Stage, cases: readonly Case[]): Promise<readonly Result[]> {
  try {
    return await runSuite(cases, stage)
  } finally {
    await stage.close?.()
  }
}

function tell(found: readonly Result[]): void {
  for (const one of found) {
    if (one.result === 'wrong') {
      console.log(`WRONG ${titleOf(one.case)}`)
      for (const { step, what } of one.mismatches) console.log(`      step ${step}: ${what}`)
    } else if (wanted.length > 0) {
      console.log(`${one.result.padEnd(7)} ${titleOf(one.case)}`)
    }
  }
}

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}
