import { ApiError, type KubeObject, UnreachableError } from './cluster-api.ts'
import type { HttpAnswer } from './connection/transport.ts'

/** How much of an answer that is no `Status` is quoted. */
const quotedMax = 300

/** Reads the answer's object. @throws ApiError when it is not 2xx, UnreachableError when it is not JSON */
export function objectOf(answer: HttpAnswer, server: string): KubeObject {
  if (answer.status < 200 || answer.status > 299) throw errorOf(answer)
  const parsed = parseObject(answer.body)
  if (parsed) return parsed
  throw new UnreachableError(
    `what answers at ${server} is no API server: it sent ${answer.headers['content-type'] ?? 'something'} instead of JSON: ${quote(answer.body)}`,
  )
}

/** The error an answer other than 2xx means. */
export function errorOf(answer: HttpAnswer): ApiError {
  const parsed = parseObject(answer.body)
  const status = parsed?.kind === 'Status' ? parsed : {}
  return statusError(status, {
    code: answer.status,
    text: `HTTP ${answer.status}${answer.body === '' ? '' : `: ${quote(answer.body)}`}`,
    retryAfterMs: retryAfterMs(answer.headers['retry-after']),
  })
}

/** A `Status` object as an error; `known` fills what it leaves out. */
export function statusError(
  status: KubeObject,
  known: { readonly code: number; readonly text: string; readonly retryAfterMs: number | null },
): ApiError {
  const details = asObject(status.details)
  const causes = details.causes
  const firstCause = asObject(Array.isArray(causes) ? causes[0] : null)
  const seconds = details.retryAfterSeconds
  return new ApiError({
    code: typeof status.code === 'number' ? status.code : known.code,
    reason: asText(status.reason),
    cause: asText(firstCause.reason),
    message: asText(status.message) || known.text,
    retryAfterMs: known.retryAfterMs ?? (typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : null),
  })
}

function retryAfterMs(header: string | string[] | undefined): number | null {
  const text = Array.isArray(header) ? header[0] : header
  if (text === undefined) return null
  const seconds = Number(text)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null
}

function parseObject(text: string): KubeObject | null {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as KubeObject) : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function asObject(value: unknown): KubeObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as KubeObject) : {}
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function quote(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ')
  return line.length <= quotedMax ? line : `${line.slice(0, quotedMax)}…`
}
