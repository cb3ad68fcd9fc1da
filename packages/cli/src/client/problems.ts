import { type Problem, type ProblemCode, problemMediaType, problemSchema } from '@rollcall/contracts/api'
import { CliError, type ExitName } from '../errors.ts'
import type { Server } from './server.ts'

/** The error that an answer other than 200 stands for. */
export async function errorOfAnswer(response: Response, server: Server): Promise<CliError> {
  const isProblem = response.headers.get('content-type')?.startsWith(problemMediaType) === true
  const body: unknown = isProblem
    ? await response.json().catch(() => null)
    : await response.body?.cancel().then(() => null)
  const parsed = problemSchema.safeParse(body)
  if (parsed.success) return errorOfProblem(parsed.data, server)
  if (response.status === 401 || response.status === 403) return refused(server, `HTTP ${response.status}`)
  return new CliError(
    response.status === 503 || response.status === 502 || response.status === 504 ? 'unreachable' : 'failed',
    `${server.url} (from ${server.from}) answered HTTP ${response.status} ${response.statusText}, which is no answer of a Rollcall auditor`.replace(
      '  ',
      ' ',
    ),
    'check the address: it must be that of the auditor, without a path',
  )
}

export function errorOfProblem(problem: Problem, server: Server): CliError {
  if (problem.code === 'unauthorized') return refused(server, problem.detail)
  const near = problem.didYouMean ?? []
  const mend = near.length > 0 ? `did you mean ${near.slice(0, 3).join(' or ')}?` : problem.mend
  return new CliError(exits[problem.code] ?? 'failed', problem.detail.replace(/\.$/, ''), mend, {
    problem: problem.code,
  })
}

function refused(server: Server, words: string): CliError {
  return new CliError(
    'refused',
    `${server.url} (from ${server.from}) refuses it: ${words.replace(/\.$/, '')}`,
    server.token === null
      ? 'give its token: --token, $ROLLCALL_TOKEN, or `token` of the context'
      : 'the token it was given is not the right one',
  )
}

/** What each problem means for the exit code; all others have simply failed. */
const exits: { readonly [code in ProblemCode]?: ExitName } = {
  'bad-parameter': 'usage',
  'bad-cursor': 'usage',
  'bad-selector': 'usage',
  'bad-time': 'usage',
  'too-long': 'usage',
  unauthorized: 'refused',
  'too-many-tries': 'refused',
  forbidden: 'refused',
  'not-found': 'notFound',
  'unknown-cluster': 'notFound',
  'unknown-node': 'notFound',
  'unknown-daemonset': 'notFound',
  'unknown-pod': 'notFound',
  'unknown-position': 'notFound',
  'store-away': 'unreachable',
  'log-away': 'unreachable',
}

/** The error that a request without any answer stands for. */
export function errorOfTrouble(error: unknown, server: Server, timeoutMs: number): CliError {
  if (error instanceof CliError) return error
  const why = troubleOf(error, timeoutMs)
  const mend = server.from.startsWith('rollcall up')
    ? 'is it still running? Start rollcall up again, or name another server with --server'
    : 'is it running, and is the address right?'
  return new CliError('unreachable', `${server.url} (from ${server.from}) does not answer: ${why}`, mend, {
    cause: error,
  })
}

function troubleOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `nothing for ${timeoutMs / 1_000} s`
  const cause = error.cause as NodeJS.ErrnoException | undefined
  switch (cause?.code) {
    case 'ECONNREFUSED':
      return 'connection refused'
    case 'ENOTFOUND':
      return 'no such host'
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return 'the connection broke'
    case undefined:
      return cause?.message === 'bad port'
        ? 'HTTP clients refuse that port (X11, IRC and the like)'
        : cause?.message || error.message
    default:
      return cause?.message || `${cause?.code}`
  }
}
