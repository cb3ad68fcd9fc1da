import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Agreed, Counts, Earlier, Outcome } from './play-all.ts'
import type { Plot, Told } from './play-story.ts'
import type { Step } from './step.ts'
import type { Version } from './version.ts'

/** What a run leaves behind, so that its figures can be cited and its differences played again. */
type Record = {
  readonly command: string
  readonly version: Version
  readonly outcome: Omit<Outcome, 'agreed' | 'differing' | 'explained' | 'did' | 'waits'> & { readonly agreed: number }
  readonly did: Counts
  readonly explained: Readonly<{ [rule: string]: { readonly stories: number; readonly steps: number } }>
  readonly waitedSeconds: Readonly<{ [what: string]: number }>
  readonly differing: readonly (Pick<Told, 'seed' | 'steps' | 'unexplained' | 'awaited'> & {
    /** The fewest of its steps that still differ, where they were looked for. */
    readonly shortest: readonly Step[] | null
  })[]
  readonly agreed: readonly Agreed[]
}

/** @param shortest seed → the fewest steps that still differ */
export function writeRecord(
  file: string,
  command: string,
  version: Version,
  { agreed, differing, explained, did, waits, ...outcome }: Outcome,
  shortest: ReadonlyMap<number, readonly Step[]> = new Map(),
): void {
  const record: Record = {
    command,
    version,
    outcome: { ...outcome, agreed: agreed.length },
    did: Object.fromEntries(Object.entries(did).sort(([, a], [, b]) => b - a)),
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
    agreed,
  }
  // An interrupted run leaves the record of the story before, never half of one.
  writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 1)}\n`)
  renameSync(`${file}.new`, file)
}

/**
 * What a run has left that was interrupted.
 * @throws Error when the file holds no record of a run, or of one of another commit or core
 */
export function earlierIn(file: string, { commit, isChanged, core }: Version): Earlier {
  const { version, outcome, agreed, differing } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Record>
  if (!version || !outcome || !agreed || !differing)
    throw new Error(`${file} is no record of pnpm test:twins that can be resumed: it lists no stories that agreed`)
  if (isChanged || version.isChanged || commit === null || version.commit !== commit || version.core !== core) {
    const told = (of: Version) => `core ${of.core} at ${of.commit ?? 'no commit'}${of.isChanged ? ' with changes' : ''}`
    const here = told({ commit, isChanged, core })
    throw new Error(`${file} is of ${told(version)}, and this is ${here}: what agreed there proves nothing here`)
  }
  return { agreed, differed: [...outcome.differedBefore, ...differing.map(({ seed }) => seed)] }
}

/** The stories that differed in a run, as short as they were made. @throws Error when the file holds no record of a run */
export function plotsIn(file: string): readonly Plot[] {
  const { differing } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Record>
  if (!Array.isArray(differing)) throw new Error(`${file} is no record of pnpm test:twins: it has no list "differing"`)
  return (differing as Record['differing']).map(({ seed, steps, shortest }) => ({ seed, steps: shortest ?? steps }))
}
