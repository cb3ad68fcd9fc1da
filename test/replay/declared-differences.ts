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
const onDelete =
  'core 5 records of OnDelete that outdated pods wait for somebody (rollout-on-delete), where older cores recorded nothing: no command differs'

export const declaredDifferences: readonly DeclaredDifference[] = [
  {
    capture: 'core-3.rcl',
    points: 25,
    firstPosition: 158,
    why: `${onDelete}; core 4 also records when nothing holds a rollout any more, and the hash of the revision beside its name`,
  },
  { capture: 'core-4.rcl', points: 23, firstPosition: 158, why: onDelete },
]
