import type { Random } from '../ports.ts'

export type BackOffOptions = {
  /** Wait after the first failure, at most. Default 500 ms. */
  readonly firstMs: number
  /** No wait is longer, however many failures. Default 30 s. */
  readonly msMax: number
}

export const defaultBackOff: BackOffOptions = { firstMs: 500, msMax: 30_000 }

/** A server that asks for more patience gets this much at most: it may be wrong. */
const retryAfterMsMax = 120_000

/**
 * How long to wait after the n-th failure in a row (from 1): doubling, bounded, and spread over the upper half, so that
 * a fleet that failed together does not come back together.
 */
export function backOffMs(
  failures: number,
  retryAfterMs: number | null,
  random: Random,
  options: BackOffOptions = defaultBackOff,
): number {
  const whole = Math.min(options.msMax, options.firstMs * 2 ** Math.min(failures - 1, 30))
  const spread = whole / 2 + (whole / 2) * random()
  return Math.round(Math.max(spread, Math.min(retryAfterMs ?? 0, retryAfterMsMax)))
}
