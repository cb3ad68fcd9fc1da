/** Waits until the condition holds; fails with the sentence when it does not in time. */
export async function until(what: string, patienceMs: number, holds: () => boolean): Promise<void> {
  const end = performance.now() + patienceMs
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${patienceMs} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** A promise that the test settles. */
export type Latch = { readonly opened: Promise<void>; open(): void }

export function createLatch(): Latch {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}
