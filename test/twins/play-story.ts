import { isDeepStrictEqual } from 'node:util'
import { Random } from '../conformance/oracle/random.ts'
import type { Difference } from './compare.ts'
import type { Fence } from './fence.ts'
import { nextStep, type Past } from './next-step.ts'
import { play } from './play.ts'
import { type Context, drivenOutBy, ownerAt, rules, sleepOf, wokenBy } from './rules/index.ts'
import { type Settled, type Stage, settle, type Waits } from './settle.ts'
import type { Side } from './side.ts'
import { type Step, told } from './step.ts'
import { worldOf } from './world.ts'

export type Twins = { readonly builtIn: Side; readonly rollcall: Side; readonly fence: Fence }

/** What a story is made of: chance from a seed, or steps that were drawn before. */
export type Plot =
  | { readonly seed: number; readonly count: number }
  | { readonly seed: number; readonly steps: readonly Step[] }

export type PlayOptions = {
  /** Is told each step, and what was compared after it. */
  readonly tell?: ((line: string) => void) | undefined
  /** Whether the time is up: then no further step begins. */
  readonly isOver?: (() => boolean) | undefined
}

export type Told = {
  readonly story: string
  readonly seed: number
  readonly steps: readonly Step[]
  /** Its time was up before its end. */
  readonly isCut: boolean
  /** How often each rule explained something. */
  readonly explained: ReadonlyMap<string, number>
  /** What no rule explains, after the last of the steps; empty: both sides agree. */
  readonly unexplained: readonly Difference[]
  /** What was still awaited then. */
  readonly awaited: readonly string[]
  /** What the story was waited for with, in ms. */
  readonly waits: Waits
}

/** What a story goes on from: as of the step before. */
type Memory = Pick<Context, 'before' | 'uneven' | 'drivenOut'>

/** A rollout may fall asleep at each of its nodes. */
const pokesMax = 6

/**
 * Plays a story on both sides, and compares them after each step. Ends at the first difference that no rule explains.
 * @param story names its namespace and its nodes; not used before
 */
export async function playStory(
  { builtIn, rollcall, fence }: Twins,
  story: string,
  plot: Plot,
  { tell = () => undefined, isOver = () => false }: PlayOptions = {},
): Promise<Told> {
  const waits = new Map<string, number>()
  const stage: Stage = {
    story,
    builtIn,
    rollcall,
    fence,
    hashes: new Map([builtIn, rollcall].map(side => [side, new Map()])),
    waits,
  }
  const random = new Random(plot.seed)
  const steps: Step[] = []
  const explained = new Map<string, number>()
  const count = 'steps' in plot ? plot.steps.length : plot.count
  let isCut = false
  let unexplained: readonly Difference[] = []
  let awaited: readonly string[] = []
  let memory: Memory = { before: null, uneven: new Map(), drivenOut: new Set() }
  const explain = (ids: Iterable<string>) => {
    for (const id of ids) explained.set(id, (explained.get(id) ?? 0) + 1)
  }

  async function take(step: Step, pokes = 0, mayWakeRollcall = true): Promise<readonly Difference[]> {
    steps.push(step)
    const [theirs, ours] = await Promise.all([play(builtIn, story, step), play(rollcall, story, step)])
    if (!isDeepStrictEqual(theirs, ours))
      return [{ at: 'answers of the API server', builtIn: `${theirs}`, rollcall: `${ours}` }]
    const drivenOut = new Set([...memory.drivenOut, ...drivenOutBy(step, story, memory.before?.builtIn)])
    const lookAt = (settled: Settled) => contextOf(stage, steps, settled, { ...memory, drivenOut })
    const { before } = memory
    const isOld = ({ at, builtIn, rollcall }: Difference) =>
      before?.builtIn.get(at) === builtIn && before?.rollcall.get(at) === rollcall
    const settled = await settle(stage, settled => {
      const { left, sleep } = judge(settled, lookAt(settled))
      if (left.length > 0) return sleep === null ? 'unknown' : 'known'
      return settled.differences.every(isOld) ? 'old' : 'known'
    })
    awaited = settled.awaited
    tell(
      `${story} ${steps.length}. ${told(step)}: ${settled.pictures.builtIn.size} facts, ${settled.differences.length} differ`,
    )
    const context = lookAt(settled)
    const { left, known, sleep, uneven } = judge(settled, context)
    for (const [id, differences] of known) tell(`${story}   ${id}: ${differences.map(({ at }) => at).join(', ')}`)
    explain(known.keys())
    memory = { before: settled.pictures, uneven, drivenOut }
    const woken = mayWakeRollcall ? [] : wokenBy(context)
    if (woken.length > 0) return [...left, ...woken]
    if (sleep === null || pokes >= pokesMax) return left
    explain([sleep.id])
    return take({ do: 'poke', value: `${steps.length}` }, pokes + 1, sleep.isEither === true)
  }

  const pastOf = (index: number): Past => ({
    count: index,
    uneven: [...memory.uneven.keys()].map(title => title.split(' ')[0] ?? ''),
    isCopied: steps.at(-1)?.do === 'copyRevision',
  })

  await Promise.all([builtIn.open(story), rollcall.open(story)])
  try {
    for (let index = 0; index < count && unexplained.length === 0; index++) {
      isCut = isOver()
      if (isCut) break
      const step = 'steps' in plot ? plot.steps[index] : nextStep(random, worldOf(builtIn, story), pastOf(index))
      if (step !== undefined) unexplained = await take(step)
    }
  } finally {
    await Promise.all([builtIn.clear(story), rollcall.clear(story)])
  }
  return { story, seed: plot.seed, steps, isCut, explained, unexplained, awaited, waits }
}

function judge({ differences }: Settled, context: Context) {
  let left = differences
  const known = new Map<string, readonly Difference[]>()
  const uneven = new Map<string, Set<string>>()
  for (const rule of rules) {
    const explained = rule.explains(left, context)
    if (explained.length === 0) continue
    known.set(rule.id, explained)
    const titles =
      rule.leavesUneven === true ? explained.flatMap(difference => ownerAt(difference, context.pictures) ?? []) : []
    for (const title of titles) uneven.set(title, (uneven.get(title) ?? new Set()).add(rule.id))
    left = left.filter(difference => !explained.includes(difference))
  }
  return { left, known, uneven, sleep: left.length === 0 ? null : sleepOf(left, context) }
}

function contextOf(stage: Stage, steps: readonly Step[], { pictures }: Settled, memory: Memory): Context {
  const { story, builtIn, rollcall } = stage
  const eventCounts = { builtIn: eventCountsOf(builtIn, story), rollcall: eventCountsOf(rollcall, story) }
  return { story, steps, pictures, eventCounts, ...memory }
}

function eventCountsOf({ view }: Side, story: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { involvedObject, count = 1 } of view.of('Event', story)) {
    const title = view.titleOf(involvedObject.uid) ?? ''
    counts.set(title, (counts.get(title) ?? 0) + count)
  }
  return counts
}
