import type { Progress, StartPhase } from './contract.ts'
import { EmbeddedError } from './errors.ts'

/** @throws EmbeddedError when the start is no longer wanted */
export function expectWanted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new EmbeddedError('stopped', 'the start was interrupted', null)
}

/** Runs the phases of a start, tells of each, and ends between two of them when asked to. */
export type Phases = <T>(
  phase: StartPhase,
  begins: string,
  work: () => Promise<T>,
  done: (result: T) => string,
) => Promise<T>

export function createPhases(
  onProgress: (progress: Progress) => void,
  signal: AbortSignal | undefined,
  now: () => number,
): Phases {
  return async (phase, begins, work, done) => {
    expectWanted(signal)
    const begunAt = now()
    onProgress({ phase, state: 'begun', sentence: begins })
    const result = await work()
    onProgress({ phase, state: 'done', sentence: done(result), tookMs: Math.round(now() - begunAt) })
    return result
  }
}
