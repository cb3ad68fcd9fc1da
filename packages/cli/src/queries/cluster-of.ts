import type { CliError } from '../errors.ts'
import type { Scope } from './scope.ts'

/** Mode of each cluster: in observed ones decisions are said as what would have been done. */
export async function modesOf({ client }: Scope): Promise<ReadonlyMap<string, 'control' | 'observe' | null>> {
  const clusters = await client.all('clusters', {})
  return new Map(clusters.map(({ name, mode }) => [name, mode]))
}

/** Asks one question after the other, and leaves out those that the server knows nothing of. */
export async function knownOnly<Answer>(questions: Iterable<() => Promise<Answer>>): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const ask of questions) {
    try {
      answers.push(await ask())
    } catch (error) {
      if ((error as CliError).exit !== 'notFound') throw error
    }
  }
  return answers
}
