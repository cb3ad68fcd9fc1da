import type { ServerResponse } from 'node:http'
import type { ApiStatusError } from '../objects/object-store.ts'
import type { Answer, Call } from './call.ts'
import { ContinueExpired } from './handlers/continue.ts'
import { listText, objectText, presentationOf } from './present.ts'
import { statusOf } from './status.ts'

/** An answer as it goes over the wire. */
export type Written = {
  readonly code: number
  readonly headers: { readonly [name: string]: string | readonly string[] }
  readonly text: string
}

const json = { 'content-type': 'application/json' }

/** @throws ApiStatusError 406 when the client accepts no form of it */
export function written(answer: Answer, call: Call, nowMs: number): Written {
  switch (answer.answer) {
    case 'object': {
      const how = presentationOf(call.headers.accept, call.query, 'object')
      const warnings = (answer.warnings ?? []).map(warning => `299 - ${JSON.stringify(warning)}`)
      const headers = warnings.length === 0 ? json : { ...json, warning: warnings }
      return { code: answer.code, headers, text: objectText(answer.object, answer.resource, how, nowMs) }
    }
    case 'list': {
      const how = presentationOf(call.headers.accept, call.query, 'list')
      return { code: 200, headers: json, text: listText(answer.list, answer.resource, how, nowMs) }
    }
    case 'document':
      return {
        code: answer.code,
        headers: { 'content-type': answer.contentType ?? 'application/json' },
        text: JSON.stringify(answer.document),
      }
    case 'text':
      return { code: answer.code, headers: { 'content-type': answer.contentType }, text: answer.text }
  }
}

export function writtenError(error: ApiStatusError): Written {
  const status = statusOf(error)
  const retry = error.details.retryAfterSeconds
  return {
    code: error.code,
    headers: typeof retry === 'number' ? { ...json, 'retry-after': String(retry) } : json,
    text: JSON.stringify(error instanceof ContinueExpired ? { ...status, metadata: { continue: error.next } } : status),
  }
}

export function send(response: ServerResponse, { code, headers, text }: Written): void {
  const plain = Object.entries(headers).map(([name, value]): [string, string | string[]] => [
    name,
    typeof value === 'string' ? value : [...value],
  ])
  response.writeHead(code, { ...Object.fromEntries(plain), 'content-length': Buffer.byteLength(text) }).end(text)
}
