import type { ProblemCode } from '@rollcall/contracts/api'
import { CliError } from '../errors.ts'
import type { Scope } from './scope.ts'

/** Of a cluster; null: it has not been told yet. */
export type Mode = 'control' | 'observe' | null

/** Mode of each cluster: in observed ones decisions are said as what would have been done. */
export async function modesOf({ client }: Scope): Promise<ReadonlyMap<string, Mode>> {
  const clusters = await client.all('clusters', {})
  return new Map(clusters.map(({ name, mode }) => [name, mode]))
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
