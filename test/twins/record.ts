import { readFileSync, writeFileSync } from 'node:fs'
import type { Outcome } from './play-all.ts'
import type { Plot, Told } from './play-story.ts'
import type { Step } from './step.ts'

/** What a run leaves behind, so that its figures can be cited and its differences played again. */
type Record = {
  readonly command: string
  readonly outcome: Omit<Outcome, 'differing' | 'explained' | 'waits'>
  readonly explained: Readonly<{ [rule: string]: { readonly stories: number; readonly steps: number } }>
  readonly waitedSeconds: Readonly<{ [what: string]: number }>
  readonly differing: readonly (Pick<Told, 'seed' | 'steps' | 'unexplained' | 'awaited'> & {
    /** The fewest of its steps that still differ, where they were looked for. */
    readonly shortest: readonly Step[] | null
  })[]
}

/** @param shortest seed → the fewest steps that still differ */
export function writeRecord(
  file: string,
  command: string,
  { differing, explained, waits, ...outcome }: Outcome,
  shortest: ReadonlyMap<number, readonly Step[]> = new Map(),
): void {
  const record: Record = {
    command,
    outcome,
    explained: Object.fromEntries([...explained].sort()),
    waitedSeconds: Object.fromEntries(
      [...waits].sort(([, a], [, b]) => b - a).map(([what, ms]) => [what, Math.round(ms / 1000)]),
    ),
    differing: differing.map(({ seed, steps, unexplained, awaited }) => ({
      seed,
      steps,
      shortest: shortest.get(seed) ?? null,
      unexplained,
      awaited,
    })),
  }
  writeFileSync(file, `${JSON.stringify(record, null, 1)}\n`)
}

/** The stories that differed in a run, as short as they were made. @throws Error when the file holds no record of a run */
export function plotsIn(file: string): readonly Plot[] {
  const { differing } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Record>
  if (!Array.isArray(differing)) throw new Error(`${file} is no record of pnpm test:twins: it has no list "differing"`)
  return (differing as Record['differing']).map(({ seed, steps, shortest }) => ({ seed, steps: shortest ?? steps }))
}
