/** Names that look like the one that is not known, nearest first. */
export function nearest(wanted: string, known: readonly string[], max = 3): string[] {
  const distanceMax = Math.max(2, Math.floor(wanted.length / 3))
  return known
    .map(name => ({ name, distance: likeness(wanted, name, distanceMax) }))
    .filter(({ distance }) => distance <= distanceMax)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, max)
    .map(({ name }) => name)
}

/** What one begins to write counts as near. */
function likeness(wanted: string, name: string, max: number): number {
  if (wanted.length >= 3 && name.startsWith(wanted)) return 1
  if (Math.abs(wanted.length - name.length) > max) return Number.POSITIVE_INFINITY
  return editDistance(wanted, name)
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const now = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = (before[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      now.push(Math.min(replaced, (before[column] ?? 0) + 1, (now[column - 1] ?? 0) + 1))
    }
    before = now
  }
  return before[b.length] ?? 0
}
