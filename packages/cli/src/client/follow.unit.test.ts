import type { ServerResponse } from 'node:http'
import type { LedgerEvent } from '@rollcall/contracts/api'
import { afterEach, expect, test } from 'vitest'
import { run } from '../program.ts'
import { type Answers, type FakeAuditor, ProblemAnswer, startFakeAuditor } from '../testing/fake-auditor.ts'
import { anEvent } from '../testing/records.ts'
import { createTestPorts } from '../testing/test-ports.ts'
import { follow } from './follow.ts'

let auditor: FakeAuditor | null = null
afterEach(async () => {
  await auditor?.close()
  auditor = null
})

const at = (position: number, cluster = 'east'): LedgerEvent => anEvent('NodeObserved', { cluster, position })
const open = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' })
const send = (response: ServerResponse, event: LedgerEvent, id?: string) =>
  response.write(`event: ledger\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(event)}\n\n`)

async function following(answer: Answers['follow'], count: number, signal = new AbortController().signal) {
  auditor = await startFakeAuditor(answer ? { follow: answer } : {})
  const outages: string[] = []
  const server = { url: auditor.url, token: null, from: '--server', cluster: null }
  const events: LedgerEvent[] = []
  const options = { query: {}, signal, onOutage: (why: string) => outages.push(why) }
  for await (const event of follow(server, options, createTestPorts())) {
    events.push(event)
    if (events.length === count) break
  }
  return { events, outages }
}

test('a broken connection is taken up where it broke, and no event is told twice', async () => {
  const ids: (string | null)[] = []
  const { events, outages } = await following((lastEventId, response) => {
    ids.push(lastEventId)
    open(response)
    if (ids.length === 1) {
      send(response, at(1))
      send(response, at(2), 'east:2')
      // Of a batch that is cut off: it has no id yet.
      send(response, at(3))
      setImmediate(() => response.destroy())
    } else {
      send(response, at(3))
      send(response, at(4), 'east:4')
    }
  }, 4)
  expect(events.map(({ position }) => position)).toEqual([1, 2, 3, 4])
  expect(ids).toEqual([null, 'east:2'])
  expect(outages).toHaveLength(1)
})

test('clusters count their positions each for itself', async () => {
  const { events } = await following((_, response) => {
    open(response)
    for (const event of [at(5), at(1, 'west'), at(6), at(6), at(2, 'west')]) send(response, event)
  }, 4)
  expect(events.map(({ cluster, position }) => `${cluster}:${position}`)).toEqual([
    'east:5',
    'west:1',
    'east:6',
    'west:2',
  ])
})

test('a problem ends it with the server’s words', async () => {
  const problem = {
    type: 'x',
    title: 'x',
    status: 503,
    detail: 'Too many follow.',
    instance: '/',
    code: 'too-many-followers',
    mend: 'Wait.',
  }
  const result = following((_, response) => {
    open(response)
    response.write(`event: problem\ndata: ${JSON.stringify(problem)}\n\n`)
  }, 1)
  await expect(result).rejects.toMatchObject({ message: 'Too many follow', mend: 'Wait.', exit: 'failed' })
})

test('a first connection that is refused is not tried again', async () => {
  const result = following(() => {
    throw new ProblemAnswer({ code: 'unauthorized', status: 401, detail: 'No token.', mend: '-' })
  }, 1)
  await expect(result).rejects.toMatchObject({ exit: 'refused' })
})

test('rollcall events --follow: what is on record, then what comes, until Ctrl-C', async () => {
  const ports = createTestPorts({ env: { TZ: 'UTC' } })
  auditor = await startFakeAuditor({
    events: () => ({ items: [at(7)], older: null, newer: 'n', atEnd: true }),
    follow: (_, response, request) => {
      expect(new URL(request.url ?? '', 'http://x').searchParams.get('from')).toBe('east:7')
      open(response)
      send(response, at(8), 'east:8')
    },
  })
  const out = (text: string) => {
    ports.terminal.out(text)
    if (text.includes('"position":8')) ports.interrupt()
  }
  const watched = { ...ports, terminal: { ...ports.terminal, out } }
  const code = await run(['events', '-f', '-o', 'json', '--server', auditor.url], watched)
  expect(code).toBe(0)
  const lines = ports.written.out.trim().split('\n')
  expect(lines.map(line => (JSON.parse(line) as LedgerEvent).position)).toEqual([7, 8])
})
