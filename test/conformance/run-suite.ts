import { Refused } from './api/cluster.ts'
import { lackingIn } from './needs.ts'
import { type Mismatch, play } from './play.ts'
import { type Case, isHeld, type Story } from './scenario.ts'
import type { Need, World } from './world.ts'

export type Result =
  | { readonly case: Case; readonly result: 'agrees' | 'differs' }
  /** A unit test holds it. */
  | { readonly case: Case; readonly result: 'held' }
  /** The API server does not take one of its objects, in the words that were expected. */
  | { readonly case: Case; readonly result: 'refused' }
  | { readonly case: Case; readonly result: 'notRun'; readonly lacking: readonly Need[] }
  | { readonly case: Case; readonly result: 'wrong'; readonly mismatches: readonly Mismatch[] }

export type ControllerName = 'rollcall' | 'built-in'

/** A place to play in. Each story gets a world of its own. */
export type Stage = Pick<World, 'offers'> & {
  readonly name: string
  /** As `--world` and `--controller` call them. */
  readonly world: string
  readonly controller: ControllerName
  newWorld(story: Story): Promise<World>
  /** So many stories at a time. */
  readonly atOnce: number
  /** It needs nothing but this process. */
  readonly isQuick: boolean
  /** Ends what all of its worlds shared. */
  close?(): Promise<void>
}

/** Plays every story that the stage has all for; the rest is counted as not run there. */
export async function runSuite(suite: readonly Case[], stage: Stage): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  const player = async () => {
    for (let index = next++; index < suite.length; index = next++) {
      const one = suite[index]
      if (one) results[index] = await runCase(one, stage)
    }
  }
  await Promise.all(Array.from({ length: stage.atOnce }, player))
  return results
}

async function runCase(one: Case, stage: Stage): Promise<Result> {
  if (isHeld(one)) return { case: one, result: 'held' }
  const lacking = lackingIn(stage, one)
  if (lacking.length > 0) return { case: one, result: 'notRun', lacking }
  const refusal = stage.offers.has('API server') ? one.apiRefuses : undefined
  const mismatches = await playIn(stage, one).catch((error: unknown): Mismatch[] | 'refused' => {
    if (error instanceof Refused && refusal !== undefined && error.message.includes(refusal)) return 'refused'
    return [{ step: 0, what: error instanceof Error ? error.message : String(error) }]
  })
  if (mismatches === 'refused') return { case: one, result: 'refused' }
  if (refusal !== undefined)
    return {
      case: one,
      result: 'wrong',
      mismatches: [{ step: 0, what: `the API server took what it refuses: ${refusal}` }],
    }
  if (mismatches.length > 0) return { case: one, result: 'wrong', mismatches }
  return { case: one, result: one.differs === undefined ? 'agrees' : 'differs' }
}

async function playIn(stage: Stage, story: Story): Promise<Mismatch[]> {
  const world = await stage.newWorld(story)
  try {
    return await play(story, world)
  } finally {
    await world.close()
  }
}

/** One line, for people and for CI: with what the world lacks, and for how many cases (one case may want several things). */
export function summaryOf(world: string, results: readonly Result[]): string {
  const lacking = Map.groupBy(
    results.flatMap(one => (one.result === 'notRun' ? one.lacking : [])),
    need => need,
  )
  const needs = [...lacking].map(([need, { length }]) => `${need}: ${length}`).sort()
  const why = needs.length > 0 ? ` (${needs.join('; ')})` : ''
  const count = (result: Result['result']) => results.filter(one => one.result === result).length
  return (
    `conformance (${world}): ${results.length} cases: ${count('agrees')} agreed, ${count('differs')} listed differences, ` +
    `${count('held')} held by unit tests, ${count('refused')} refused by the API server, ${count('notRun')} not run here${why}, ${count('wrong')} wrong`
  )
}

/** What became of each case in all of these worlds together. */
export function overallOf(worlds: readonly (readonly Result[])[]): {
  readonly line: string
  readonly isWrong: boolean
} {
  const cases = (worlds[0] ?? []).map((_, index) => worlds.flatMap(results => results[index]?.result ?? []))
  const order = ['wrong', 'differs', 'agrees', 'held', 'refused', 'notRun'] as const
  const counts = Object.fromEntries(order.map(result => [result, 0])) as Record<Result['result'], number>
  for (const found of cases) counts[order.find(result => found.includes(result)) ?? 'notRun'] += 1
  const line =
    `conformance: ${cases.length} cases: ${counts.agrees} agreed, ${counts.differs} listed differences, ` +
    `${counts.held} held by unit tests, ${counts.refused + counts.notRun} not run, ${counts.wrong} wrong`
  return { line, isWrong: counts.wrong > 0 }
}
