import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { playAll } from './play-all.ts'
import { reportOf } from './report.ts'
import { seeds } from './seeds.ts'
import { shorten } from './shorten.ts'
import { startTwins } from './start-twins.ts'

/**
 * `pnpm test:twins [--stories 200] [--steps 60] [--seed 1] [--story SEED] [--side-by-side 8]`: plays random stories on two real
 * control planes, one with the built-in DaemonSet controller and one with Rollcall, and compares them after each step. `--minutes N`: no step
 * begins later; `--tell`: says every step; `--shrink`: looks for the fewest steps that still differ; `--keep`: leaves data and logs there.
 */
const { values } = parseArgs({
  args: process.argv.slice(2).filter(arg => arg !== '--'),
  options: {
    stories: { type: 'string', default: '200' },
    steps: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    story: { type: 'string', multiple: true },
    'side-by-side': { type: 'string', default: '8' },
    minutes: { type: 'string' },
    shrink: { type: 'boolean', default: false },
    tell: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
})
const [stories, steps, seed, atOnce] = [values.stories, values.steps, values.seed, values['side-by-side']].map(Number)
const single = values.story?.map(Number)
if (![stories, steps, seed, atOnce, ...(single ?? [])].every(number => Number.isSafeInteger(number))) {
  console.error('--stories, --steps, --seed, --story and --side-by-side are whole numbers')
  process.exit(2)
}

const random = (seed: number) => ({ seed, count: steps ?? 0 })

const dir = mkdtempSync(join(tmpdir(), 'rollcall-twins-'))
const twins = await startTwins(dir, line => console.log(line))
try {
  const outcome = await playAll(twins, {
    plots: single?.map(random) ?? [
      ...seeds,
      ...Array.from({ length: stories ?? 0 }, (_, index) => random((seed ?? 0) + index)),
    ],
    atOnce: atOnce ?? 1,
    until: values.minutes === undefined ? null : Date.now() + Number(values.minutes) * 60_000,
    say: line => console.log(line),
    ...(values.tell ? { tell: line => console.log(line) } : {}),
  })
  const [first] = outcome.differing
  if (first && values.shrink) console.log(reportOf(await shorten(twins, first, line => console.log(line))))
  process.exitCode = outcome.differing.length === 0 ? 0 : 1
} finally {
  await twins.stop()
  if (values.keep) console.log(`kept: ${dir}`)
  else rmSync(dir, { recursive: true, force: true })
}
