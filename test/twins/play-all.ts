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
}

export type Outcome = {
  readonly stories: number
  readonly steps: number
  readonly differing: readonly Told[]
  /** Rule → how often it explained something. */
  readonly explained: ReadonlyMap<string, number>
}

/** Plays a story of each plot, several side by side in namespaces and on nodes of their own, and says how it went. */
export async function playAll(twins: Twins, { plots, atOnce, until, say, tell }: Run): Promise<Outcome> {
  const began = performance.now()
  const waiting = [...plots.entries()]
  const explained = new Map<string, number>()
  const differing: Told[] = []
  let [stories, cut, stepCount] = [0, 0, 0]

  const isOver = () => until !== null && Date.now() > until

  async function playOn(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (isOver()) return
      const [index, plot] = next
      const { seed } = plot
      const told = await playStory(twins, `s${index + 1}x${seed}`, plot, { tell, isOver })
      if (told.isCut) cut += 1
      else stories += 1
      stepCount += told.steps.length
      for (const [id, count] of told.explained) explained.set(id, (explained.get(id) ?? 0) + count)
      if (told.unexplained.length > 0) {
        differing.push(told)
        say(reportOf(told))
      } else
        say(
          `story ${seed}: ${told.steps.length} steps agree (${stories} of ${plots.length})${told.isCut ? ', its time was up' : ''}`,
        )
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, plots.length) }, playOn))
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  for (const [id, count] of [...explained].sort()) say(`  ${id}: explained a difference ${count} times`)
  say(
    `twins: ${stories} of ${plots.length} stories${cut > 0 ? ` and ${cut} in part` : ''}, ${stepCount} steps in ${seconds} s; ` +
      (differing.length === 0
        ? 'no unexplained difference'
        : `${differing.length} DIFFER: seeds ${differing.map(({ seed }) => seed).join(', ')}`),
  )
  return { stories, steps: stepCount, differing, explained }
}
