import { type LedgerEvent, ledgerEventSchema, pathFor, problemSchema, type QueryOf } from '@rollcall/contracts/api'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { Ports } from '../ports.ts'
import { headersFor, notUnderstood } from './client.ts'
import { errorOfAnswer, errorOfProblem, errorOfTrouble } from './problems.ts'
import type { Server } from './server.ts'

/** The server writes at least a comment this often; longer silence means that the connection is dead. */
const silenceMsMax = 60_000
const retryFirstMs = 500
const retryMsMax = 15_000

export type FollowOptions = {
  readonly query: QueryOf<'follow'>
  readonly signal: AbortSignal
  /** The connection broke and is made again; said once per outage. */
  readonly onOutage: (why: string) => void
}

/**
 * Events as they come, for ever, each once: what breaks is taken up where it broke. Ends when the signal aborts.
 * @throws CliError when the first connection fails, or the server refuses to go on.
 */
export async function* follow(
  server: Server,
  options: FollowOptions,
  ports: Pick<Ports, 'fetch' | 'wait' | 'now'>,
): AsyncGenerator<LedgerEvent> {
  const { query, signal, onOutage } = options
  const path = pathFor('follow', {}, query)
  const seen = new Map<string, number>()
  let lastId: string | null = null
  let wasConnected = false
  let failures = 0
  while (!signal.aborted) {
    try {
      const connected = () => {
        wasConnected = true
        failures = 0
      }
      for await (const message of connection({ server, path, lastId, signal, connected }, ports)) {
        if (message.id !== undefined) lastId = message.id
        if (message.event === 'problem') throw errorOfProblem(problemSchema.parse(JSON.parse(message.data)), server)
        if (message.event !== 'ledger') continue
        const event = eventOf(message.data, server, path)
        if (event.position <= (seen.get(event.cluster) ?? 0)) continue
        seen.set(event.cluster, event.position)
        yield event
      }
      if (signal.aborted) return
      if (failures++ === 0) onOutage('the server ended the stream')
    } catch (error) {
      if (signal.aborted) return
      const trouble = errorOfTrouble(error, server, silenceMsMax)
      if (!wasConnected || trouble.exit !== 'unreachable') throw trouble
      if (failures++ === 0) onOutage(trouble.message)
    }
    await ports.wait(Math.min(retryMsMax, retryFirstMs * 2 ** (failures - 1)), signal)
  }
}

type Message = { readonly id?: string | undefined; readonly event?: string | undefined; readonly data: string }

type Attempt = {
  readonly server: Server
  readonly path: string
  readonly lastId: string | null
  readonly signal: AbortSignal
  readonly connected: () => void
}

async function* connection(
  { server, path, lastId, signal, connected }: Attempt,
  ports: Pick<Ports, 'fetch' | 'wait' | 'now'>,
): AsyncGenerator<Message> {
  const over = new AbortController()
  const silence = new AbortController()
  let lastSign = ports.now()
  const guard = async () => {
    for (let left = silenceMsMax; left > 0 && !over.signal.aborted; left = lastSign + silenceMsMax - ports.now()) {
      await ports.wait(left, over.signal)
    }
    silence.abort(new DOMException('silence', 'TimeoutError'))
  }
  const guarding = guard()
  try {
    const response = await ports.fetch(server.url + path, {
      headers: { ...headersFor(server, 'text/event-stream'), ...(lastId === null ? {} : { 'last-event-id': lastId }) },
      signal: AbortSignal.any([signal, silence.signal]),
    })
    if (response.status !== 200 || !response.body) throw await errorOfAnswer(response, server)
    connected()
    // Comments are signs of life, too: so it is the bytes that are looked at.
    const signs = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        lastSign = ports.now()
        controller.enqueue(chunk)
      },
    })
    yield* response.body
      .pipeThrough(signs)
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream())
  } finally {
    over.abort()
    await guarding
  }
}

function eventOf(data: string, server: Server, path: string): LedgerEvent {
  let body: unknown
  try {
    body = JSON.parse(data)
  } catch (error) {
    throw notUnderstood(server, path, (error as Error).message)
  }
  const parsed = ledgerEventSchema.safeParse(body)
  if (!parsed.success) throw notUnderstood(server, path, parsed.error.issues[0]?.message ?? '')
  return body as LedgerEvent
}
