/** The name that a mistyped one was probably meant to be; null when none is near. Ties: the first by name. */
export function nearest(wrong: string, names: readonly string[]): string | null {
  const limit = Math.max(1, Math.round(wrong.length * 0.4))
  let best: string | null = null
  let bestFar = limit + 1
  for (const name of [...names].sort()) {
    // The distance is at least this: no need to measure what is far longer or shorter.
    if (Math.abs(name.length - wrong.length) >= bestFar) continue
    const far = distance(wrong, name)
    if (far >= bestFar) continue
    best = name
    bestFar = far
  }
  return best
}

/** How many letters have to be added, removed or replaced (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
