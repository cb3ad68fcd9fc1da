import type { ProblemCode } from '@rollcall/contracts/api'
import { CliError } from '../errors.ts'
import type { Modes } from '../sentences/decision.ts'
import type { Scope } from './scope.ts'

/** Mode of each cluster, now and before: what was decided while it was only observed is said as what would have been done. */
export async function modesOf({ client }: Scope): Promise<ReadonlyMap<string, Modes>> {
  const clusters = await client.all('clusters', {})
  return new Map(clusters.map(({ name, mode, modeRequests }) => [name, { mode, modeRequests }]))
}

/** What is asked about may be in one cluster and not in another; anything else that is wrong is wrong in all. */
const elsewhere: ReadonlySet<ProblemCode> = new Set([
  'unknown-cluster',
  'unknown-node',
  'unknown-daemonset',
  'unknown-pod',
])

/** Asks one question after the other: the answers, and why there are none to the others. @throws CliError */
export async function knownOnly<Answer>(
  questions: Iterable<() => Promise<Answer>>,
): Promise<{ readonly answers: readonly Answer[]; readonly unknown: ReadonlySet<ProblemCode> }> {
  const answers: Answer[] = []
  const unknown = new Set<ProblemCode>()
  for (const ask of questions) {
    try {
      answers.push(await ask())
    } catch (error) {
      if (!(error instanceof CliError && error.problem !== null && elsewhere.has(error.problem))) throw error
      unknown.add(error.problem)
    }
  }
  return { answers, unknown }
}
