import type { Call } from './call.ts'
import { compare, type Difference } from './compare.ts'
import type { KnownDifference } from './known-differences.ts'
import { make, type Server } from './server.ts'

export type Verdict = {
  readonly call: Call
  /** Nothing differs. */
  readonly agrees: boolean
  /** Differences that no entry explains. */
  readonly unexplained: readonly Difference[]
}

export type Comparison = {
  readonly verdicts: readonly Verdict[]
  /** Entries that explained nothing: they have become untrue. */
  readonly idle: readonly KnownDifference[]
}

/** Makes all calls to both servers, one after the other. */
export async function compareAll(
  calls: readonly Call[],
  real: Server,
  simulated: Server,
  known: readonly KnownDifference[],
): Promise<Comparison> {
  const used = new Set<KnownDifference>()
  const verdicts: Verdict[] = []
  for (const call of calls) {
    const differences = compare(call, await make(call, real), await make(call, simulated))
    const unexplained = differences.filter(({ at }) => {
      const entries = known.filter(entry => fits(entry.calls, call.name) && fits(entry.at, at))
      for (const entry of entries) used.add(entry)
      return entries.length === 0
    })
    verdicts.push({ call, agrees: differences.length === 0, unexplained })
  }
  return { verdicts, idle: known.filter(entry => !used.has(entry)) }
}

function fits(pattern: string | RegExp, text: string): boolean {
  return typeof pattern === 'string' ? pattern === text : pattern.test(text)
}
