import { type Plot, playStory, type Told, type Twins } from './play-story.ts'
import { reportOf } from './report.ts'

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
}

export type Outcome = {
  /** Stories that were to be played. */
  readonly asked: number
  /** Stories that were played to their end without an unexplained difference. */
  readonly agreed: number
  /** Stories that agreed until their time was up. */
  readonly cut: number
  readonly differing: readonly Told[]
  /** Stories that could not be played on, with what went wrong. */
  readonly broken: readonly { readonly seed: number; readonly error: string }[]
  readonly steps: number
  readonly seconds: number
  /** Rule → in how many stories it explained something, and after how many steps. */
  readonly explained: ReadonlyMap<string, { readonly stories: number; readonly steps: number }>
  /** What was waited for → how long, in ms over all stories. */
  readonly waits: ReadonlyMap<string, number>
}

/** Plays a story of each plot, several side by side in namespaces and on nodes of their own, and says how it went. */
export async function playAll(twins: Twins, run: Run): Promise<Outcome> {
  const { plots, atOnce, until, say, tell, note = () => undefined } = run
  const began = performance.now()
  const waiting = [...plots.entries()]
  const explained = new Map<string, { stories: number; steps: number }>()
  const waits = new Map<string, number>()
  const differing: Told[] = []
  const broken: { seed: number; error: string }[] = []
  let [agreed, cut, steps] = [0, 0, 0]

  const isOver = () => until !== null && Date.now() > until
  const seconds = () => (performance.now() - began) / 1000
  const outcome = (): Outcome => ({
    asked: plots.length,
    agreed,
    cut,
    differing: [...differing],
    broken: [...broken],
    steps,
    seconds: seconds(),
    explained,
    waits,
  })

  function take(told: Told): void {
    steps += told.steps.length
    for (const [what, ms] of told.waits) waits.set(what, (waits.get(what) ?? 0) + ms)
    for (const [id, count] of told.explained) {
      const known = explained.get(id) ?? { stories: 0, steps: 0 }
      explained.set(id, { stories: known.stories + 1, steps: known.steps + count })
    }
    if (told.unexplained.length > 0) {
      differing.push(told)
      say(reportOf(told))
    } else if (told.isCut) cut += 1
    else agreed += 1
    const done = agreed + cut + differing.length + broken.length
    const left = (seconds() / done) * (plots.length - done)
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
        take(await playStory(twins, `s${index + 1}x${plot.seed}`, plot, { tell, isOver }))
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

const minutes = (seconds: number): string => `${(seconds / 60).toFixed(1)} min`

/** The last line says it all; those before say which known differences there were. */
export function summaryOf(outcome: Outcome): readonly string[] {
  const { asked, agreed, cut, differing, broken, steps, seconds, explained } = outcome
  const unplayed = asked - agreed - cut - differing.length - broken.length
  const seeds = differing.map(({ seed }) => seed).join(', ')
  const parts = [
    `${agreed} of ${asked} stories agree`,
    ...(cut > 0 ? [`${cut} agree as far as there was time`] : []),
    ...(unplayed > 0 ? [`${unplayed} not played`] : []),
    ...(broken.length > 0 ? [`${broken.length} BROKEN (seeds ${broken.map(({ seed }) => seed).join(', ')})`] : []),
    differing.length === 0 ? 'no unexplained difference' : `${differing.length} DIFFER (seeds ${seeds})`,
  ]
  return [
    ...[...explained]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, count]) => `  known difference ${id}: in ${count.stories} stories, after ${count.steps} steps`),
    `twins: ${parts.join(', ')}; ${steps} steps in ${minutes(seconds)}`,
  ]
}
