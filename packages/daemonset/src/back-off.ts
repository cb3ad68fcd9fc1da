const baseMs = 1000

/** How long to wait after so many refusals in a row: 1 s, doubling up to `maxMs`. */
export const backOffMs = (refusals: number, maxMs: number): number =>
  Math.min(baseMs * 2 ** Math.max(0, refusals - 1), maxMs)
