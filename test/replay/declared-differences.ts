/** A capture of the corpus with which the present core does not agree, on purpose. */
export type DeclaredDifference = {
  /** File name in `corpus/`. */
  readonly capture: string
  /** At how many decision points something differs, and at which position first. */
  readonly points: number
  readonly firstPosition: number
  /** Which rule has changed, since which version of the core, and why that is safe for a fleet. */
  readonly why: string
}

/** Whoever changes a rule declares here what it decides otherwise than was recorded; `corpus.unit.test.ts` prints what to write. */
export const declaredDifferences: readonly DeclaredDifference[] = []
