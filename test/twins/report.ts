import { apart } from './compare.ts'
import type { Told } from './play-story.ts'
import { told } from './step.ts'

/** What one needs to see why a story differs, and to play it again. */
export function reportOf({ story, seed, steps, unexplained, awaited }: Told): string {
  const lines = [
    `story ${seed} (${story}) DIFFERS after step ${steps.length}: ${unexplained.length} differences`,
    ...steps.map((step, index) => `  ${`${index + 1}`.padStart(3)}. ${told(step)}`),
  ]
  if (awaited.length > 0) lines.push('still awaited:', ...awaited.map(what => `  ${what}`))
  for (const { at, builtIn, rollcall } of unexplained.flatMap(apart))
    lines.push(`at ${at}`, `  built-in  ${builtIn ?? '(not there)'}`, `  Rollcall  ${rollcall ?? '(not there)'}`)
  lines.push(`again: pnpm test:twins --story ${seed}`)
  return lines.join('\n')
}
