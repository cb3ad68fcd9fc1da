/** What `pg` reads, as the API says it. */

export const instant = (value: Date): string => value.toISOString()
export const instantOrNull = (value: Date | null): string | null => value?.toISOString() ?? null
/** Facts keep their times as milliseconds. */
export const instantOfMillis = (value: number): string => new Date(value).toISOString()

type Watched = {
  first_at: Date
  last_at: Date
  last_position: string
  gone_at: Date | null
  inferred: boolean
}

/** What is recorded of any watched object. */
export const recorded = ({ first_at, last_at, last_position, gone_at, inferred }: Watched) => ({
  firstSeenAt: instant(first_at),
  lastChangedAt: instant(last_at),
  lastPosition: Number(last_position),
  goneAt: instantOrNull(gone_at),
  inferred,
})
