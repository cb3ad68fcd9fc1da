import { type Plot, playStory, type Told, type Twins } from './play-story.ts'
import { reportOf } from './report.ts'
import type { Step } from './step.ts'

export type Run = {
  readonly plots: readonly Plot[]
  /** Stories that are played side by side. */
  readonly atOnce: number
  /** No step begins after this time (ms since the epoch); null: all are played. */
  readonly until: number | null
  readonly say: (line: string) => void
  /** Is told each step. Default: nobody. */
  readonly tell?: (line: string) => void
  /** Is told how it stands after each story. Default: nobody. */
  readonly note?: (outcome: Outcome) => void
  /** What an interrupted run has left: what agreed is not played again. Default: nothing. */
  readonly earlier?: Earlier
}

/** A story that agreed, as a record keeps it. */
export type Agreed = {
  readonly seed: number
  /** Where its steps are from, and how many were to be played; pokes come on top. */
  readonly from: 'seed' | 'steps'
  readonly count: number
  readonly steps: number
  /** Rule → after how many steps it explained something. */
  readonly explained: Counts
  /** Kind of step → how often it was done. */
  readonly did: Counts
}

export type Counts = { readonly [what: string]: number }

export type Earlier = {
  readonly agreed: readonly Agreed[]
  /** Seeds of stories that differed in a run that this one goes on from: they are played again, but not forgotten. */
  readonly differed: readonly number[]
}

export type Outcome = {
  /** Stories that were to be played. */
  readonly asked: number
  /** Stories that were played to their end without an unexplained difference. */
  readonly agreed: readonly Agreed[]
  /** How many of them agreed in an interrupted run, and were not played again. */
  readonly taken: number
  /** Seeds of stories that differed in an interrupted run. */
  readonly differedBefore: readonly number[]
  /** Stories that agreed until their time was up. */
  readonly cut: number
  readonly differing: readonly Told[]
  /** Stories that could not be played on, with what went wrong. */
  readonly broken: readonly { readonly seed: number; readonly error: string }[]
  readonly steps: number
  readonly seconds: number
  /** Rule → in how many stories it explained something, and after how many steps. */
  readonly explained: ReadonlyMap<string, { readonly stories: number; readonly steps: number }>
  /** Kind of step → how often it was done. */
  readonly did: Counts
  /** What was waited for → how long, in ms over all stories of this run. */
  readonly waits: ReadonlyMap<string, number>
}

/** Plays a story of each plot, several side by side in namespaces and on nodes of their own, and says how it went. */
export async function playAll(twins: Twins, run: Run): Promise<Outcome> {
  const { plots, atOnce, until, say, tell, note = () => undefined, earlier = { agreed: [], differed: [] } } = run
  const began = performance.now()
  const agreed: Agreed[] = []
  const waiting = [...plots.entries()].filter(([, plot]) => {
    const known = earlier.agreed.find(story => !agreed.includes(story) && isOf(story, plot))
    if (known) agreed.push(known)
    return known === undefined
  })
  const taken = agreed.length
  const waits = new Map<string, number>()
  const differing: Told[] = []
  const broken: { seed: number; error: string }[] = []
  const others: Told[] = []

  const isOver = () => until !== null && Date.now() > until
  const seconds = () => (performance.now() - began) / 1000
  const outcome = (): Outcome => {
    const all = [
      ...agreed,
      ...others.map(({ steps, explained }) => ({
        steps: steps.length,
        did: didIn(steps),
        explained: Object.fromEntries(explained),
      })),
    ]
    return {
      asked: plots.length,
      agreed: [...agreed],
      taken,
      differedBefore: earlier.differed,
      cut: others.length - differing.length,
      differing: [...differing],
      broken: [...broken],
      steps: all.reduce((sum, { steps }) => sum + steps, 0),
      seconds: seconds(),
      explained: explainedIn(all.map(({ explained }) => explained)),
      did: sumOf(all.map(({ did }) => did)),
      waits,
    }
  }

  function take(plot: Plot, told: Told): void {
    for (const [what, ms] of told.waits) waits.set(what, (waits.get(what) ?? 0) + ms)
    if (told.unexplained.length > 0) {
      differing.push(told)
      say(reportOf(told))
    }
    if (told.unexplained.length > 0 || told.isCut) others.push(told)
    else agreed.push(agreedOf(plot, told))
    const done = agreed.length + others.length + broken.length
    const left = (seconds() / (done - taken)) * (plots.length - done)
    if (told.unexplained.length === 0) {
      const how = told.isCut ? ', its time was up' : ''
      say(
        `story ${told.seed}: ${told.steps.length} steps agree${how} (${done} of ${plots.length}, ${minutes(left)} left)`,
      )
    }
  }

  async function playOn(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined && !isOver(); next = waiting.shift()) {
      const [index, plot] = next
      try {
        take(plot, await playStory(twins, `s${index + 1}x${plot.seed}`, plot, { tell, isOver }))
      } catch (error) {
        // The others go on: one story that makes no sense, or met an API server that did not answer, is told in the end.
        broken.push({ seed: plot.seed, error: `${error}` })
        say(`story ${plot.seed} CANNOT BE PLAYED: ${error}`)
      }
      note(outcome())
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, plots.length) }, playOn))
  const end = outcome()
  for (const line of summaryOf(end)) say(line)
  return end
}

const fromOf = (plot: Plot): Pick<Agreed, 'from' | 'count'> =>
  'steps' in plot ? { from: 'steps', count: plot.steps.length } : { from: 'seed', count: plot.count }

function isOf({ seed, from, count }: Agreed, plot: Plot): boolean {
  const asked = fromOf(plot)
  return seed === plot.seed && from === asked.from && count === asked.count
}

const agreedOf = (plot: Plot, { steps, explained }: Told): Agreed => ({
  seed: plot.seed,
  ...fromOf(plot),
  steps: steps.length,
  explained: Object.fromEntries(explained),
  did: didIn(steps),
})

const didIn = (steps: readonly Step[]): Counts => sumOf(steps.map(step => ({ [step.do]: 1 })))

function sumOf(all: readonly Counts[]): Counts {
  const sum: { [what: string]: number } = {}
  for (const counts of all) for (const [what, count] of Object.entries(counts)) sum[what] = (sum[what] ?? 0) + count
  return sum
}

function explainedIn(all: readonly Counts[]): Outcome['explained'] {
  const steps = sumOf(all)
  const stories = sumOf(all.map(counts => Object.fromEntries(Object.keys(counts).map(id => [id, 1]))))
  return new Map(Object.entries(steps).map(([id, count]) => [id, { stories: stories[id] ?? 0, steps: count }]))
}

const minutes = (seconds: number): string => `${(seconds / 60).toFixed(1)} min`

/** The last line says it all; those before say which known differences there were. */
export function summaryOf(outcome: Outcome): readonly string[] {
  const { asked, agreed, taken, differedBefore, cut, differing, broken, steps, seconds, explained, did } = outcome
  const unplayed = asked - agreed.length - cut - differing.length - broken.length
  const seeds = differing.map(({ seed }) => seed).join(', ')
  const parts = [
    `${agreed.length} of ${asked} stories agree${taken > 0 ? ` (${taken} of them in an interrupted run)` : ''}`,
    ...(cut > 0 ? [`${cut} agree as far as there was time`] : []),
    ...(unplayed > 0 ? [`${unplayed} not played`] : []),
    ...(broken.length > 0 ? [`${broken.length} BROKEN (seeds ${broken.map(({ seed }) => seed).join(', ')})`] : []),
    ...(differedBefore.length > 0
      ? [`${differedBefore.length} DIFFERED BEFORE (seeds ${differedBefore.join(', ')})`]
      : []),
    differing.length === 0 ? 'no unexplained difference' : `${differing.length} DIFFER (seeds ${seeds})`,
  ]
  const kinds = Object.entries(did).sort(([, a], [, b]) => b - a)
  return [
    `  steps: ${kinds.map(([kind, count]) => `${kind} ${count}`).join(', ')}`,
    ...[...explained]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, count]) => `  known difference ${id}: in ${count.stories} stories, after ${count.steps} steps`),
    `twins: ${parts.join(', ')}; ${steps} steps in ${minutes(seconds)}`,
  ]
}
