import { dockerAnswers } from '../docker/docker-answers.ts'
import { missingTools, type Tool } from '../tools.ts'

/** The ways that can be tried on this machine; a test says which one it took. */
export async function waysFor(...tools: readonly Tool[]): Promise<readonly ('native' | 'docker')[]> {
  const missing = (await missingTools()).map(each => each.tool)
  const native = tools.every(tool => !missing.includes(tool))
  return [...(native ? (['native'] as const) : []), ...((await dockerAnswers()) ? (['docker'] as const) : [])]
}
