import type { AskedBy } from '@rollcall/contracts'
import {
  type IntentContent,
  type IntentRouteName,
  idempotencyKeyHeader,
  idempotencyKeySchema,
  intentRoutes,
} from '@rollcall/contracts/api'
import { z } from 'zod'
import { intentContents } from '../intents/contents.ts'
import { ProblemError } from '../problem.ts'

export type IntentRequest = {
  readonly params: Record<string, string>
  readonly header: (name: string) => string | undefined
  readonly text: () => Promise<string>
}

/** Reads an intent from a request by the schemas of its route. @throws ProblemError */
export async function readIntent<N extends IntentRouteName>(
  name: N,
  { params, header, text }: IntentRequest,
): Promise<{ readonly cluster: string; readonly key: string | null; readonly content: IntentContent }> {
  if (!/^application\/json\b/i.test(header('content-type') ?? '')) {
    throw new ProblemError('bad-body', 'the body is not said to be JSON', 'send Content-Type: application/json')
  }
  const route = intentRoutes[name]
  const path = route.params.parse(params)
  const parsed = route.body.strict().safeParse(jsonOf(await text()))
  if (!parsed.success) {
    const why = z.prettifyError(parsed.error).replaceAll('\n', ' ')
    throw new ProblemError('bad-body', `the body is wrong: ${why}`, '/openapi.json says what it may be')
  }
  const make = intentContents[name] as (params: unknown, body: unknown) => IntentContent
  return { cluster: path.cluster, key: keyOf(header(idempotencyKeyHeader)), content: make(path, parsed.data) }
}

function keyOf(sent: string | undefined): string | null {
  if (sent === undefined) return null
  const parsed = idempotencyKeySchema.safeParse(sent)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ProblemError('bad-parameter', `Idempotency-Key ${issue?.message}`, 'send a UUID, for example', {
    parameter: 'Idempotency-Key',
  })
}

/** Who asks, and through which program: the first word of `User-Agent`. */
export function askedByOf(user: string, userAgent: string | undefined): AskedBy {
  return { user, via: /^[\w.-]{1,64}/.exec(userAgent ?? '')?.[0] ?? 'unknown' }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ProblemError('bad-body', `the body is not JSON: ${(error as Error).message}`, 'send a JSON object')
  }
}
