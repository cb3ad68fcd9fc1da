import type { Rate } from '@rollcall/contracts'

/** How many creations were made since when: what a rate is kept with. Whole numbers, so nothing is lost by rounding. */
export type Pace = { readonly since: number; readonly made: number }

/** What would come within this time comes together: a high rate need not wake the core for each pod. */
const togetherMs = 100

/** The most that may come at once, after a time without any. */
export const atOnce = ({ count, perMs }: Rate): number => Math.max(1, Math.floor((count * togetherMs) / perMs))

/** How many may be created now. */
export function allowedNow(rate: Rate, pace: Pace | null, now: number): number {
  if (!pace) return atOnce(rate)
  return Math.max(0, Math.min(atOnce(rate), atOnce(rate) + earned(rate, pace, now) - pace.made))
}

/** The pace after `made` more creations. After a time in which more was allowed than was made, it begins anew. */
export function paceAfter(rate: Rate, pace: Pace | null, now: number, made: number): Pace {
  if (!pace || earned(rate, pace, now) > pace.made) return { since: now, made }
  return { since: pace.since, made: pace.made + made }
}

/** When that many may be created, or as many as may come at once. */
export function allowedAt(rate: Rate, pace: Pace, wanted: number): number {
  const owed = Math.min(wanted, atOnce(rate)) - atOnce(rate) + pace.made
  return pace.since + Math.max(0, Math.ceil((owed * rate.perMs) / rate.count))
}

/** What time alone has allowed since. */
const earned = ({ count, perMs }: Rate, { since }: Pace, now: number): number =>
  Math.floor(((now - since) * count) / perMs)
