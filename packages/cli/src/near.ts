import { distance } from 'fastest-levenshtein'

/** The names that a mistyped one was probably meant to be, nearest first; three at most. */
export function nearNames(wrong: string, names: Iterable<string>): string[] {
  const limit = Math.max(1, Math.round(wrong.length * 0.4))
  return [...new Set(names)]
    .map(name => ({ name, far: name.startsWith(wrong) && wrong !== '' ? 1 : distance(wrong, name) }))
    .filter(({ far }) => far <= limit)
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name)
}

/** `did you mean east or west?`; null when nothing is near. */
export function didYouMean(wrong: string, names: Iterable<string>): string | null {
  const near = nearNames(wrong, names)
  return near.length === 0 ? null : `did you mean ${near.join(' or ')}?`
}
