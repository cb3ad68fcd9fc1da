import { type Timers, wait } from '@rollcall/service'

/** What was started, to be stopped in the opposite order, by one deadline. */
export type StopList = {
  /**
   * `reservedMs`: how long it may take at least. What those before it leave of the time comes on top; then the next is stopped
   * all the same, and the process may end with it open.
   */
  add(reservedMs: number, stop: () => Promise<void>): void
  /** Stops all, once. Rejects with the first failure, after all were tried. */
  run(): Promise<void>
}

export type StopListPorts = {
  readonly timers: Timers
  /** Milliseconds, from anywhere. */
  readonly now: () => number
}

/** All together end within `msMax`. Reserving more than that is a defect. */
export function createStopList({ timers, now }: StopListPorts, msMax: number): StopList {
  const entries: { readonly reservedMs: number; readonly stop: () => Promise<void> }[] = []
  let running: Promise<void> | null = null
  const reserved = () => entries.reduce((sum, { reservedMs }) => sum + reservedMs, 0)

  async function runAll(): Promise<void> {
    const failures: unknown[] = []
    const deadline = now() + msMax
    for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
      const done = new AbortController()
      const stopped = entry.stop().catch(error => {
        failures.push(error)
      })
      const untilMs = Math.max(0, deadline - now() - reserved())
      await Promise.race([stopped, wait(timers, untilMs, done.signal)])
      done.abort(new Error('it has stopped'))
    }
    if (failures.length > 0) throw failures[0]
  }

  return {
    add(reservedMs, stop) {
      entries.push({ reservedMs, stop })
      if (reserved() > msMax) throw new Error(`stopping may take ${reserved()} ms, and ${msMax} ms are allowed`)
    },
    run() {
      running ??= runAll()
      return running
    },
  }
}
