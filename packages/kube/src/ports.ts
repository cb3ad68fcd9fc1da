/** Time as a port. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
}

/** Timers as a port, so that virtual time can stand in. */
export interface Timers {
  /** Runs `run` once after `ms`; the returned function takes it back. */
  after(ms: number, run: () => void): () => void
}

/** A number in [0, 1). */
export type Random = () => number

export const systemClock: Clock = { now: () => Date.now() }

export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
