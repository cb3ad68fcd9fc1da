/** Levels of objects and lists within each other. Go's decoder takes 10,000 (`encoding/json`); 20 are a deep pod. */
export const levelsMax = 1_000

/** Whether JSON is nested so deep that what recurses over it (copies, comparisons, JSON itself) could run out of stack. */
export function isTooDeep(value: unknown, levels = levelsMax): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some(inner => isTooDeep(inner, levels - 1))
}
