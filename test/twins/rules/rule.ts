import type { Difference } from '../compare.ts'
import type { Settled } from '../settle.ts'
import type { Step } from '../step.ts'

export type Pictures = Settled['pictures']

/** What a rule may look at. */
export type Context = {
  readonly story: string
  /** All steps so far, the last one included. */
  readonly steps: readonly Step[]
  readonly pictures: Pictures
  /** What both sides looked like before the last step; null: it is the first. */
  readonly before: Pictures | null
  /** Title of a DaemonSet (`d1 #2`) → the rules that explained why its pods or revisions differed before the last step. */
  readonly uneven: ReadonlyMap<string, ReadonlySet<string>>
  /** Titles of DaemonSets that had a pod on a node when a NoExecute taint came that the pod does not tolerate. */
  readonly drivenOut: ReadonlySet<string>
  /** How often events were told of a DaemonSet, by its title. */
  readonly eventCounts: { readonly [Side in keyof Pictures]: ReadonlyMap<string, number> }
}

/** A difference that is known and meant, or a race of the reference with itself. */
export type Rule = {
  /** Anchor in docs/differences.md, or `race-…` when the same story may end so or so with the built-in alone. */
  readonly id: string
  readonly because: string
  /** What is told of pods, or of revisions, may go on to differ for a while. */
  readonly leavesUneven?: boolean
  /** The differences it explains, of those that are given. */
  explains(differences: readonly Difference[], context: Context): readonly Difference[]
}

/** Whose event, and which, by the path of a difference; null: it is at something else. */
export function eventAt({ at }: Difference): { readonly title: string; readonly reason: string } | null {
  const [, title, reason] = /^event\/([^/]+)\/(.+)$/.exec(at) ?? []
  return title === undefined || reason === undefined ? null : { title, reason }
}

/** Whose pod or revision, by its title; null: it is at something else, or nobody's. */
export function ownerAt(difference: Difference, { builtIn, rollcall }: Pictures): string | null {
  const [, revision] = /^revision\/([^/]+)\//.exec(difference.at) ?? []
  if (revision === undefined) return podOwnerAt(difference)
  const owners = builtIn.get(`revision/${revision}/owners`) ?? rollcall.get(`revision/${revision}/owners`) ?? ''
  return /"uid":"([^"]+ #\d+)"/.exec(owners)?.[1] ?? null
}

/** Whose pod, by the path of a difference; null: it is at something else, or nobody's. */
export function podOwnerAt({ at }: Difference): string | null {
  const [, , title] = /^pod\/([^/]+)\/([^/]+ #\d+)\/\d+$/.exec(at) ?? []
  return title ?? null
}
