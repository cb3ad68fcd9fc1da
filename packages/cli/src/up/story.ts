import type { EmbeddedOptions, Overview, RecentEvent } from '@rollcall/embedded'

type Told = Parameters<NonNullable<EmbeddedOptions['onStory']>>[0]

const toldMax = 20

/** What a story has told, shown between the events that it leads to. */
export type StoryTold = {
  note(told: Told): void
  within(overview: Overview): Overview
}

export function createStoryTold(now: () => number): StoryTold {
  let steps: readonly RecentEvent[] = []
  return {
    note({ story, step, steps: of, sentence }) {
      const told = { cluster: 'story', position: step, at: now(), sentence: `${story} ${step}/${of}: ${sentence}` }
      steps = [told, ...steps].slice(0, toldMax)
    },
    within: overview =>
      steps.length === 0
        ? overview
        : { ...overview, recent: [...steps, ...overview.recent].sort((a, b) => b.at - a.at) },
  }
}
