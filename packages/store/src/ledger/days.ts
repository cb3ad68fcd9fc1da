const dayMs = 86_400_000

/** UTC day of an instant in milliseconds, counted from 1970-01-01. */
export const dayOf = (at: number): number => Math.floor(at / dayMs)

export const dayText = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10)
