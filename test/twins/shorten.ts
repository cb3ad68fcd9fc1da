import { playStory, type Told, type Twins } from './play-story.ts'
import type { Step } from './step.ts'

/** A defect that shows only now and then is not looked for longer. */
const roundsMax = 12

/**
 * Leaves out steps as long as the story still differs: some pieces at a time, each try a story of its own, side by side.
 * @returns the shortest story that differed
 */
export async function shorten(twins: Twins, told: Told, say: (line: string) => void): Promise<Told> {
  let shortest = told
  let pieces = 2
  for (let round = 1; round <= roundsMax; round++) {
    const steps = shortest.steps.filter(step => step.do !== 'poke')
    if (steps.length < 2) break
    const size = Math.ceil(steps.length / pieces)
    const tries = Array.from({ length: Math.ceil(steps.length / size) }, (_, index) =>
      steps.toSpliced(index * size, size),
    )
    const outcomes = await Promise.all(
      tries.map((left, index) => differs(twins, `${told.story}-${round}-${index}`, told.seed, left)),
    )
    const shorter = outcomes.filter(outcome => outcome !== null).sort((a, b) => a.steps.length - b.steps.length)[0]
    say(
      `round ${round}: ${tries.length} tries of ${steps.length - size} steps, ${shorter ? 'one differs' : 'none differs'}`,
    )
    if (shorter) shortest = shorter
    else if (size === 1) break
    pieces = shorter ? Math.max(pieces - 1, 2) : Math.min(pieces * 2, steps.length)
  }
  return shortest
}

/** null: it does not differ, or makes no sense without what was left out. */
async function differs(twins: Twins, story: string, seed: number, steps: readonly Step[]): Promise<Told | null> {
  try {
    const told = await playStory(twins, story, { seed, steps })
    return told.unexplained.length > 0 ? told : null
  } catch {
    return null
  }
}
