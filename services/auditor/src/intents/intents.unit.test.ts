import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Event, eventCodec, sha256Hex } from '@rollcall/contracts'
import type { Intent } from '@rollcall/contracts/api'
import { EventLogError, type LogRecord } from '@rollcall/event-log'
import type { RecordedIntent } from '@rollcall/store'
import { afterEach, describe, expect, test } from 'vitest'
import { type Asking, startAsking } from '../testing/ask.ts'
import { createFakeStore } from '../testing/fake-store.ts'
import { createUsers, openUsersFile } from './users.ts'

const path = '/api/v1/clusters/north/mode'
let asking: Asking | null = null
afterEach(async () => {
  await asking?.auditor.stop()
  asking = null
})

/** A log whose records are on record after so many looks; null: never. */
async function start({
  looks = 0,
  users = createUsers({ secret: 'jane' }) as ReturnType<typeof createUsers> | null,
} = {}) {
  const appended: Event[] = []
  const recorded = new Map<string, RecordedIntent>()
  let looked = 0
  const fake = createFakeStore({
    async intent(_, id) {
      for (const event of looked++ >= looks ? appended : []) {
        if (event.type !== 'ModeRequested') continue
        const { cluster, type, intent, askedBy, mode } = event
        const at = new Date(event.at).toISOString()
        recorded.set(intent, { cluster, intent, type, position: 7, at, ...askedBy, body: { mode } })
      }
      return recorded.get(id) ?? null
    },
  })
  fake.add('north', 'Ticked')
  let failing: EventLogError | null = null
  const log = {
    async append(_: string, records: readonly LogRecord[]) {
      if (failing) throw failing
      for (const { value } of records) {
        const decoded = eventCodec.decode(value)
        if (!decoded.ok) throw new Error(decoded.failure.reason)
        appended.push(decoded.value)
      }
    },
  }
  const started = await startAsking(fake.store, {}, { log, users })
  asking = started
  return {
    ...started,
    appended,
    /** Virtual time goes on until there is an answer. */
    async passUntil(answer: Promise<unknown>) {
      let isDone = false
      void answer.finally(() => {
        isDone = true
      })
      for (let step = 0; !isDone && step < 1_000; step++) await started.time.advance(100)
    },
    fail: (error: EventLogError) => {
      failing = error
    },
    post: (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer secret',
        'user-agent': 'rollcall-cli/1.2 (linux)',
        ...headers,
      },
    }),
  }
}

describe('what a user asks for', () => {
  test('goes to the log in that user’s name, and is answered with its position', async () => {
    const { get, post, appended } = await start()
    const response = await get(path, post({ mode: 'observe' }, { 'idempotency-key': 'k1' }))
    expect(response.status).toBe(200)
    const asked = { cluster: 'north', type: 'ModeRequested', intent: 'k1' }
    expect((await response.json()) as Intent).toMatchObject({
      ...asked,
      position: 7,
      user: 'jane',
      via: 'rollcall-cli',
    })
    expect(appended).toMatchObject([{ ...asked, mode: 'observe', askedBy: { user: 'jane', via: 'rollcall-cli' } }])
  })

  test('twice under one key is asked once; another thing under that key is refused', async () => {
    const { get, post, problem, appended } = await start()
    const once = await (await get(path, post({ mode: 'control' }, { 'idempotency-key': 'k1' }))).json()
    const twice = await (await get(path, post({ mode: 'control' }, { 'idempotency-key': 'k1' }))).json()
    expect(twice).toEqual(once)
    expect(appended).toHaveLength(1)
    expect(await problem(path, post({ mode: 'observe' }, { 'idempotency-key': 'k1' }))).toMatchObject({
      status: 422,
      code: 'key-used',
    })
    expect(appended).toHaveLength(1)
  })

  test('a key that another user has used is refused, and does not tell who that was', async () => {
    const { get, post, problem, appended } = await start({ users: createUsers({ secret: 'jane', hidden: 'john' }) })
    expect((await get(path, post({ mode: 'control' }, { 'idempotency-key': 'k1' }))).status).toBe(200)
    const headers = { 'idempotency-key': 'k1', authorization: 'Bearer hidden' }
    const refused = await problem(path, post({ mode: 'control' }, headers))
    expect(refused).toMatchObject({ status: 422, code: 'key-used' })
    expect(JSON.stringify(refused)).not.toContain('jane')
    expect(appended).toHaveLength(1)
  })

  test('a body that comes in pieces has the same limit', async () => {
    const { problem, post, appended } = await start()
    const long = JSON.stringify({ mode: 'control', pad: ' '.repeat(100_000) })
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(long))
        controller.close()
      },
    })
    const chunked = { ...post({}), body, duplex: 'half' } as RequestInit
    expect(await problem(path, chunked)).toMatchObject({ status: 413, code: 'too-large' })
    expect(appended).toEqual([])
  })

  test('is answered as soon as it has come back, and not for ever waited for', async () => {
    const soon = await start({ looks: 3 })
    const answer = soon.get(path, soon.post({ mode: 'control' }))
    await soon.passUntil(answer)
    expect((await answer).status).toBe(200)
    await soon.auditor.stop()

    const never = await start({ looks: Number.POSITIVE_INFINITY })
    const problem = never.problem(path, never.post({ mode: 'control' }, { 'idempotency-key': 'k2' }))
    await never.passUntil(problem)
    expect(await problem).toMatchObject({ status: 504, code: 'not-yet-on-record' })
    expect((await problem).mend).toContain('k2')
  })

  test('a log that is away is told, with the key under which to ask again', async () => {
    const { fail, problem, post } = await start()
    fail(new EventLogError('unreachable', 'no broker answers'))
    expect(await problem(path, post({ mode: 'control' }, { 'idempotency-key': 'k3' }))).toMatchObject({
      status: 503,
      code: 'log-away',
      mend: expect.stringContaining('k3'),
    })
  })
})

describe('it is refused', () => {
  test.each([
    ['without a token', { mode: 'control' }, { authorization: '' }, 401, 'unauthorized'],
    ['with a token that is nobody’s', { mode: 'control' }, { authorization: 'Bearer other' }, 401, 'unauthorized'],
    ['with a body that is no JSON', '{', {}, 400, 'bad-body'],
    ['with a body that is not said to be JSON', { mode: 'control' }, { 'content-type': 'text/plain' }, 400, 'bad-body'],
    ['with a mode that there is not', { mode: 'play' }, {}, 400, 'bad-body'],
    ['with a member that nobody knows', { mode: 'control', force: true }, {}, 400, 'bad-body'],
    ['with a key that is none', { mode: 'control' }, { 'idempotency-key': 'a b' }, 400, 'bad-parameter'],
  ] as const)('%s', async (_what, body, headers, status, code) => {
    const { problem, post, appended } = await start()
    expect(await problem(path, post(body, headers))).toMatchObject({ status, code })
    expect(appended).toEqual([])
  })

  test('of a cluster that is not on record', async () => {
    const { problem, post, appended } = await start()
    expect(await problem('/api/v1/clusters/south/mode', post({ mode: 'control' }))).toMatchObject({
      status: 404,
      code: 'unknown-cluster',
    })
    expect(appended).toEqual([])
  })

  test('where there are no users; reading stays as it is', async () => {
    const { problem, post, get } = await start({ users: null })
    expect(await problem(path, post({ mode: 'control' }))).toMatchObject({ status: 403, code: 'forbidden' })
    expect((await get('/openapi.json')).status).toBe(200)
  })
})

test('a user’s token also reads where reading needs one; the token of readers asks for nothing', async () => {
  const fake = createFakeStore({ nodes: async () => ({ items: [], next: null }) })
  fake.add('north', 'Ticked')
  const users = createUsers({ secret: 'jane' })
  asking = await startAsking(fake.store, { token: 'reading' }, { log: { append: async () => undefined }, users })
  const bearing = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
  for (const token of ['reading', 'secret'])
    expect((await asking.get('/api/v1/nodes', bearing(token))).status).toBe(200)
  expect((await asking.get('/api/v1/nodes', bearing('other'))).status).toBe(401)
  expect(await asking.problem(path, { method: 'POST', ...bearing('reading') })).toMatchObject({ code: 'forbidden' })
})

describe('the users file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'users-'))
  afterEach(() => rmSync(join(dir, 'users'), { force: true }))
  const file = (text: string, mode = 0o600) => {
    const name = join(dir, 'users')
    writeFileSync(name, text)
    chmodSync(name, mode)
    return name
  }

  test('names users by token or by its digest, and is read again when it changes', async () => {
    const name = file(`# who may ask\njane  t1\nbot sha256:${sha256Hex('t2')} # nightly\n`)
    const users = await openUsersFile(name)
    expect([await users.userOf('t1'), await users.userOf('t2'), await users.userOf('t3')]).toEqual([
      'jane',
      'bot',
      null,
    ])
    rmSync(name)
    file('jane t3\n')
    expect([await users.userOf('t1'), await users.userOf('t3')]).toEqual([null, 'jane'])
  })

  test.each([
    ['jane\n', 'is wrong in line 1'],
    ['jane t1\nbot t2 t3\n', 'is wrong in line 2'],
    ['jane sha256:abc\n', 'a SHA-256 has 64 hex digits'],
  ])('%j is told', async (text, why) => {
    await expect(openUsersFile(file(text))).rejects.toThrow(why)
  })

  test('that everybody may read is refused, and one that is not there told', async () => {
    await expect(openUsersFile(file('jane t1\n', 0o644))).rejects.toThrow('chmod 600')
    await expect(openUsersFile(join(dir, 'nothing'))).rejects.toThrow('cannot be read')
  })
})
