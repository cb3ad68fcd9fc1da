import type { FaultRates } from '@rollcall/simulator'

/** An API server on a very bad day. */
export const troubled: Partial<FaultRates> = {
  throttled429: 0.03,
  failed500: 0.05,
  conflict409: 0.03,
  expired410: 0.1,
  lostAnswer: 0.05,
  latencyMs: [0, 400],
  watchCut: 0.5,
  watchCutWithinMs: 60_000,
  duplicateEvent: 0.1,
  lateEvent: 0.1,
  lateMsMax: 3_000,
}
