/** Whether two values have the same canonical JSON, without writing it: an `undefined` member counts as absent. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    return (
      Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item ?? null, b[index] ?? null))
    )
  }
  if (Array.isArray(b)) return false
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  let members = 0
  for (const key in left) {
    if (left[key] === undefined) continue
    if (!Object.hasOwn(right, key) || !sameJson(left[key], right[key])) return false
    members++
  }
  for (const key in right) if (right[key] !== undefined) members--
  return members === 0
}
