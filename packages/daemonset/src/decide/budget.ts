import type { DaemonSet } from '../state.ts'

/** A number as it is, a percentage of `of` rounded up (spec §4.2); absent is 0. Null: a string that is no percentage. */
export function scaled(value: number | string | null, of: number): number | null {
  if (value === null) return 0
  if (typeof value === 'number') return value
  return /^[0-9]+%$/.test(value) ? Math.ceil((Number.parseInt(value, 10) * of) / 100) : null
}

/** What a rolling update may do now: pods unavailable, or started beside the old ones. Null: it cannot be read (spec §4.2). */
export function budgetOf({ facts, totals }: DaemonSet): { maxUnavailable: number; maxSurge: number } | null {
  const maxUnavailable = scaled(facts.updateStrategy.maxUnavailable, totals.desired)
  const maxSurge = scaled(facts.updateStrategy.maxSurge, totals.desired)
  if (maxUnavailable === null || maxSurge === null) return null
  if (totals.desired > 0 && maxUnavailable === 0 && maxSurge === 0) return { maxUnavailable: 1, maxSurge: 0 }
  return { maxUnavailable, maxSurge }
}
