import type { Progress, StartPhase } from '@rollcall/embedded'
import { shortDuration } from '../output/duration.ts'
import type { Terminal } from '../terminal.ts'

/** What has been said of a start, in order of phases. */
export type StartProgress = readonly {
  readonly phase: StartPhase
  readonly sentence: string
  readonly tookMs: number | null
}[]

export function noteProgress(soFar: StartProgress, progress: Progress): StartProgress {
  const { phase, sentence } = progress
  const step = { phase, sentence, tookMs: progress.state === 'done' ? progress.tookMs : null }
  const isKnown = soFar.some(known => known.phase === phase)
  return isKnown ? soFar.map(known => (known.phase === phase ? step : known)) : [...soFar, step]
}

const took = (ms: number): string => (ms < 60_000 ? `${(ms / 1_000).toFixed(1)}s` : shortDuration(ms))

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** The steps so far; the one under way moves with every `frame`. */
export function progressLines(soFar: StartProgress, frame: number, { paint }: Pick<Terminal, 'paint'>): string[] {
  return soFar.map(({ sentence, tookMs }) =>
    tookMs === null
      ? `${paint('cyan', spinner[frame % spinner.length] ?? '·')} ${sentence}`
      : `${paint('green', '✓')} ${sentence} ${paint('dim', `(${took(tookMs)})`)}`,
  )
}

/** One line per finished step, for what is no terminal. */
export function progressLine(progress: Progress): string | null {
  return progress.state === 'done' ? `${progress.sentence} (${took(progress.tookMs)})` : null
}
