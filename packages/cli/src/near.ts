import { nearNames } from '@rollcall/contracts'

/** `did you mean east or west?`; null when nothing is near. */
export function didYouMean(wrong: string, names: Iterable<string>): string | null {
  const near = nearNames(wrong, names)
  return near.length === 0 ? null : `did you mean ${near.join(' or ')}?`
}
