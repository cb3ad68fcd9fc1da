import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { playAll } from './play-all.ts'
import type { Plot } from './play-story.ts'
import { earlierIn, plotsIn, writeRecord } from './record.ts'
import { reportOf } from './report.ts'
import { seeds } from './seeds.ts'
import { shorten } from './shorten.ts'
import { startTwins } from './start-twins.ts'
import type { Step } from './step.ts'
import { versionHere } from './version.ts'

const usage = `pnpm test:twins [options]: plays random stories on two real control planes, one with the built-in DaemonSet
controller and one with Rollcall, and compares them after each step. Ends with 0 when nothing differs but what is known.

  --stories N        random stories, after those that once differed (200)
  --seed S           the seed of the first; the others follow (1)
  --steps N          steps of a random story (60)
  --story SEED       only this one; may be given again
  --replay FILE      only the stories that differed in the run of which FILE is the record
  --resume FILE      goes on with the interrupted run of which FILE is the record, with the same other options: what agreed
                     at this commit is not played again. The record goes to FILE, unless --json names another
  --side-by-side N   stories at a time (12)
  --minutes N        no step begins later
  --json FILE        where the record of the run goes, written anew after each story (default: in the temporary folder)
  --shorten N        so many of the stories that differ are shortened in the end (1)
  --tell             say every step
  --keep             leave data and logs of both clusters`

const args = process.argv.slice(2).filter(arg => arg !== '--')

function optionsOf(words: readonly string[]) {
  const { values } = parseArgs({
    args: [...words],
    options: {
      stories: { type: 'string', default: '200' },
      steps: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      story: { type: 'string', multiple: true, default: [] },
      replay: { type: 'string' },
      resume: { type: 'string' },
      'side-by-side': { type: 'string', default: '12' },
      minutes: { type: 'string' },
      json: { type: 'string' },
      shorten: { type: 'string', default: '1' },
      tell: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    process.exit(0)
  }
  const whole = (name: 'stories' | 'steps' | 'seed' | 'side-by-side' | 'shorten'): number => {
    if (!/^\d+$/.test(values[name])) throw new Error(`--${name} is a whole number, not ${values[name]}`)
    return Number(values[name])
  }
  for (const seed of values.story) if (!/^\d+$/.test(seed)) throw new Error(`--story is a whole number, not ${seed}`)
  const count = whole('steps')
  const [first, stories] = [whole('seed'), whole('stories')]
  const random = (seed: number): Plot => ({ seed, count })
  const plots =
    values.replay !== undefined
      ? plotsIn(values.replay)
      : values.story.length > 0
        ? values.story.map(seed => random(Number(seed)))
        : [...seeds, ...Array.from({ length: stories }, (_, index) => random(first + index))]
  const minutes = values.minutes === undefined ? null : Number(values.minutes)
  if (Number.isNaN(minutes)) throw new Error(`--minutes is a number, not ${values.minutes}`)
  const json = values.json ?? values.resume ?? join(tmpdir(), `rollcall-twins-${process.pid}.json`)
  const version = versionHere()
  const earlier = values.resume === undefined ? {} : { earlier: earlierIn(values.resume, version) }
  return {
    ...values,
    json,
    version,
    earlier,
    plots,
    minutes,
    atOnce: Math.max(1, whole('side-by-side')),
    shortenMax: whole('shorten'),
  }
}

function optionsOrUsage() {
  try {
    return optionsOf(args)
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    process.exit(2)
  }
}

const { plots, minutes, atOnce, json, version, earlier, shortenMax, tell, keep } = optionsOrUsage()
const command = ['pnpm test:twins', ...args].join(' ')
const say = (line: string) => console.log(line)
const dir = mkdtempSync(join(tmpdir(), 'rollcall-twins-'))
const twins = await startTwins(dir, say)
try {
  const outcome = await playAll(twins, {
    plots,
    atOnce,
    until: minutes === null ? null : Date.now() + minutes * 60_000,
    say,
    note: so => writeRecord(json, command, version, so),
    ...earlier,
    ...(tell ? { tell: say } : {}),
  })
  process.exitCode = outcome.differing.length + outcome.differedBefore.length + outcome.broken.length === 0 ? 0 : 1
  const shortest = new Map<number, readonly Step[]>()
  for (const told of outcome.differing.slice(0, shortenMax)) {
    say(`shortens story ${told.seed}`)
    const short = await shorten(twins, told, say)
    shortest.set(told.seed, short.steps)
    if (short !== told) say(reportOf(short))
    writeRecord(json, command, version, outcome, shortest)
  }
  if (outcome.differing.length > 0) say(`again, as short as they were made: pnpm test:twins --replay ${json}`)
  say(`record: ${json}`)
} finally {
  await twins.stop()
  if (keep) say(`kept: ${dir}`)
  else rmSync(dir, { recursive: true, force: true })
}
