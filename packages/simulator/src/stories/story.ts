import type { Timers } from '@rollcall/service'
import { ApiStatusError } from '../objects/object-store.ts'
import { type Cast, MissingActorError } from './cast.ts'

/** One thing that happens. */
export type Step = {
  /** From the beginning of the story. */
  readonly atSeconds: number
  /** Does it, and says in a sentence what was done. */
  readonly play: (cast: Cast) => string
}

/** A scripted scenario for `rollcall up --scenario NAME`. */
export type Story = {
  readonly name: string
  /** One line for a list of stories. */
  readonly summary: string
  readonly steps: readonly Step[]
}

export type Told = {
  readonly story: string
  /** From 1. */
  readonly step: number
  readonly steps: number
  readonly sentence: string
}

export type Playing = {
  /** Resolves after the last step, or when it was stopped. Rejects for a defect of a step. */
  readonly ended: Promise<void>
  stop(): void
}

/**
 * Plays a story in real or virtual time, whichever the timers are of. What a step needs and does not find (people play
 * along) is told and left out.
 */
export function playStory(story: Story, cast: Cast, timers: Timers, tell: (told: Told) => void): Playing {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
  let cancel: () => void = () => undefined

  function sentenceOf(step: Step): string {
    try {
      return step.play(cast)
    } catch (error) {
      if (error instanceof MissingActorError) return error.message
      if (error instanceof ApiStatusError) return `The API server says no: ${error.message}`
      throw error
    }
  }

  function next(index: number, lastSeconds: number): void {
    const step = story.steps[index]
    if (!step) {
      resolve()
      return
    }
    cancel = timers.after((step.atSeconds - lastSeconds) * 1000, () => {
      try {
        tell({ story: story.name, step: index + 1, steps: story.steps.length, sentence: sentenceOf(step) })
        next(index + 1, step.atSeconds)
      } catch (error) {
        reject(error)
      }
    })
  }

  next(0, 0)
  return {
    ended,
    stop() {
      cancel()
      resolve()
    },
  }
}
