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

/** Longest delay `setTimeout` takes; a longer one would fire at once. */
const timeoutMsMax = 2 ** 31 - 1

export const systemTimers: Timers = {
  after(ms, run) {
    let timer: NodeJS.Timeout
    const arm = (left: number) => {
      const step = Math.min(left, timeoutMsMax)
      timer = setTimeout(() => (left > step ? arm(left - step) : run()), step)
    }
    arm(Math.max(0, ms))
    return () => clearTimeout(timer)
  },
}

/** Resolves to true after `ms`, or to false as soon as the signal aborts. */
export function wait(timers: Timers, ms: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve(false)
    const aborted = () => {
      cancel()
      resolve(false)
    }
    const cancel = timers.after(ms, () => {
      signal?.removeEventListener('abort', aborted)
      resolve(true)
    })
    signal?.addEventListener('abort', aborted, { once: true })
  })
}
