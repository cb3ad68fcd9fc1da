import type { Random } from '@rollcall/service'

/** From `ms` to `ms + jitterMs`. */
export type Delay = { readonly ms: number; readonly jitterMs: number }

/** How long a kubelet takes for what it does. */
export type KubeletTimings = {
  /** From binding to the first status. */
  readonly accept: Delay
  readonly pull: Delay
  /** When the image is on the node. */
  readonly look: Delay
  readonly start: Delay
  /** From SIGTERM to the end of the containers; never longer than the grace period. */
  readonly stop: Delay
  /** A container that crashes lives so long. */
  readonly crash: Delay
  /** From registration to Ready. */
  readonly nodeReady: Delay
  /** First back-off of a failed pull or crashed container; doubles up to `backOffMsMax`. */
  readonly backOffMs: number
  readonly backOffMsMax: number
}

/** As on a real node, or nearly so. */
export const lifelikeTimings: KubeletTimings = {
  accept: { ms: 50, jitterMs: 250 },
  pull: { ms: 800, jitterMs: 2_500 },
  look: { ms: 50, jitterMs: 100 },
  start: { ms: 200, jitterMs: 800 },
  stop: { ms: 300, jitterMs: 1_500 },
  crash: { ms: 1_500, jitterMs: 2_000 },
  nodeReady: { ms: 1_500, jitterMs: 3_000 },
  backOffMs: 10_000,
  backOffMsMax: 300_000,
}

export function drawn({ ms, jitterMs }: Delay, random: Random): number {
  return Math.round(ms + jitterMs * random())
}

/** The `failures`-th failure in a row (from 1) waits so long. */
export function backOffMs(failures: number, timings: KubeletTimings): number {
  return Math.min(timings.backOffMsMax, timings.backOffMs * 2 ** Math.min(failures - 1, 20))
}
