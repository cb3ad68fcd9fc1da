import { exitCodes } from '../errors.ts'
import type { Ports } from '../ports.ts'

/** A stop that takes longer than this is given up. */
export const stopMsMax = 5_000

export type Interruption = {
  /** Aborts at the first Ctrl-C. The second ends the process at once. */
  readonly signal: AbortSignal
  /** The stop begins: it may take `stopMsMax`, then the process ends anyway. */
  limitStop(): void
  release(): void
}

export function onCtrlC(ports: Ports): Interruption {
  const asked = new AbortController()
  const over = new AbortController()
  let isLimited = false
  const limitStop = () => {
    if (isLimited) return
    isLimited = true
    void ports.wait(stopMsMax, over.signal).then(() => {
      if (over.signal.aborted) return
      ports.terminal.err(`rollcall: not stopped within ${stopMsMax / 1_000} s: ends anyway\n`)
      ports.exit(exitCodes.failed)
    })
  }
  const release = ports.onInterrupt(() => {
    if (asked.signal.aborted) return ports.exit(exitCodes.interrupted)
    asked.abort()
    limitStop()
  })
  return {
    signal: asked.signal,
    limitStop,
    release() {
      over.abort()
      release()
    },
  }
}
