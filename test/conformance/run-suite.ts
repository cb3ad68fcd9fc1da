import { type Mismatch, play } from './play.ts'
import { type Case, isStory } from './scenario.ts'
import type { World } from './world.ts'

export type Result =
  | { readonly case: Case; readonly result: 'agrees' | 'differs' | 'notRun' }
  | { readonly case: Case; readonly result: 'wrong'; readonly mismatches: readonly Mismatch[] }

/** Plays every story in a world of its own; what is no story here is counted as not run. */
export async function runSuite(suite: readonly Case[], newWorld: () => World | Promise<World>): Promise<Result[]> {
  const results: Result[] = []
  for (const one of suite) results.push(await runCase(one, newWorld))
  return results
}

async function runCase(one: Case, newWorld: () => World | Promise<World>): Promise<Result> {
  if (!isStory(one)) return { case: one, result: 'notRun' }
  const mismatches = await play(one, await newWorld()).catch((error: unknown): Mismatch[] => [
    { step: 0, what: error instanceof Error ? error.message : String(error) },
  ])
  if (mismatches.length > 0) return { case: one, result: 'wrong', mismatches }
  return { case: one, result: one.differs === undefined ? 'agrees' : 'differs' }
}

/** One line, for people and for CI. */
export function summaryOf(world: string, results: readonly Result[]): string {
  const count = (result: Result['result']) => results.filter(one => one.result === result).length
  return (
    `conformance (${world}): ${results.length} cases: ${count('agrees')} agreed, ${count('differs')} listed differences, ` +
    `${count('notRun')} not run here, ${count('wrong')} wrong`
  )
}
