import { distance } from 'fastest-levenshtein'

/** The names that a mistyped one was probably meant to be, nearest first, `max` at most; what it begins counts as near. */
export function nearNames(wrong: string, names: Iterable<string>, max = 3): string[] {
  const limit = Math.max(1, Math.round(wrong.length * 0.4))
  return [...new Set(names)]
    .map(name => ({ name, far: farFrom(wrong, name, limit) }))
    .filter(({ far }) => far <= limit)
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, max)
    .map(({ name }) => name)
}

function farFrom(wrong: string, name: string, limit: number): number {
  if (name.startsWith(wrong) && wrong !== '') return 1
  // The distance is at least this: no need to measure what is far longer or shorter.
  const atLeast = Math.abs(name.length - wrong.length)
  return atLeast > limit ? atLeast : distance(wrong, name)
}
