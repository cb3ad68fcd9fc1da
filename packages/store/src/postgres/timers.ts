/** Timers as a port, so that virtual time can stand in. */
export interface Timers {
  /** Runs `run` once after `ms`; the returned function takes it back. */
  after(ms: number, run: () => void): () => void
}

export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
