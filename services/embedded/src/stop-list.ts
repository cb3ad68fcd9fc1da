import { type Timers, wait } from '@rollcall/service'

/** What was started, to be stopped in the opposite order. */
export type StopList = {
  /** `msMax`: how long it may take; then the next is stopped all the same, and the process may end with it open. */
  add(msMax: number, stop: () => Promise<void>): void
  /** Stops all, once. Rejects with the first failure, after all were tried. */
  run(): Promise<void>
}

export function createStopList(timers: Timers): StopList {
  const entries: { readonly msMax: number; readonly stop: () => Promise<void> }[] = []
  let running: Promise<void> | null = null

  async function runAll(): Promise<void> {
    const failures: unknown[] = []
    for (const { msMax, stop } of entries.reverse()) {
      const done = new AbortController()
      const stopped = stop().catch(error => {
        failures.push(error)
      })
      if (msMax > 0) await Promise.race([stopped, wait(timers, msMax, done.signal)])
      else await stopped
      done.abort(new Error('it has stopped'))
    }
    if (failures.length > 0) throw failures[0]
  }

  return {
    add: (msMax, stop) => {
      entries.push({ msMax, stop })
    },
    run() {
      running ??= runAll()
      return running
    },
  }
}
