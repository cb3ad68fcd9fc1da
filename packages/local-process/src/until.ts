import { setTimeout as pause } from 'node:timers/promises'

/** Between two looks at a condition: short against every start, long against the cost of most looks. */
const everyMsDefault = 25

/**
 * Looks at a condition until it holds (a look that throws counts as "not yet"). False when it still did not hold
 * after `msMax`. `giveUp` is looked at between: true ends the waiting at once.
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  options: { readonly msMax: number; readonly everyMs?: number; readonly giveUp?: () => boolean },
): Promise<boolean> {
  const deadline = performance.now() + options.msMax
  for (;;) {
    if (options.giveUp?.()) return false
    if (await holdsNow(holds)) return true
    if (performance.now() >= deadline) return false
    await pause(options.everyMs ?? everyMsDefault)
  }
}

async function holdsNow(holds: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await holds()
  } catch {
    return false
  }
}
