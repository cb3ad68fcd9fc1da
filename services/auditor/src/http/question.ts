import { nearNames } from '@rollcall/contracts'
import { type ParamsOf, type ReadQueryOf, type Route, type RouteName, routes } from '@rollcall/contracts/api'
import type { z } from 'zod'
import { ProblemError } from '../problem.ts'

/** Reads path and query of a request by the schemas of its route. @throws ProblemError */
export function readQuestion<N extends RouteName>(
  name: N,
  path: Record<string, string>,
  search: URLSearchParams,
): { readonly params: ParamsOf<N>; readonly query: ReadQueryOf<N> } {
  const route: Route = routes[name]
  return {
    params: parsed(route.params, path) as ParamsOf<N>,
    query: parsed(route.query, given(search, Object.keys(route.query.shape))) as ReadQueryOf<N>,
  }
}

/** A parameter that is given once is a text, one that is given more often a list. */
function given(search: URLSearchParams, known: readonly string[]): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = {}
  for (const key of new Set(search.keys())) {
    if (!known.includes(key)) throw unknownParameter(key, known)
    const all = search.getAll(key)
    values[key] = all.length === 1 ? (all[0] ?? '') : all
  }
  return values
}

function parsed(schema: z.ZodType, input: Record<string, string | string[]>): unknown {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const key = String(issue?.path[0] ?? '')
  const value = input[key]
  const isRepeated = Array.isArray(value) && issue?.path.length === 1 && issue.code !== 'too_big'
  const why = isRepeated ? 'may be given only once' : (issue?.message ?? 'is wrong')
  const shown = value === undefined || isRepeated ? '' : `, not ${JSON.stringify(value)}`
  const code = issue?.code === 'invalid_format' && issue.format === 'datetime' ? 'bad-time' : 'bad-parameter'
  throw new ProblemError(code, `${key} ${why}${shown}`, `correct ${key}; /openapi.json says what it may be`, {
    parameter: key,
  })
}

function unknownParameter(key: string, known: readonly string[]): ProblemError {
  const didYouMean = nearNames(key, known)
  const mend =
    known.length === 0
      ? 'leave it out: this route has no parameters'
      : `this route knows ${[...known].sort().join(', ')}`
  return new ProblemError('bad-parameter', `there is no parameter ${key}`, mend, { parameter: key, didYouMean })
}
