import { ServiceError } from '@rollcall/service'
import { afterEach, expect, test } from 'vitest'
import { createUsers, type Users } from '../intents/users.ts'
import { type Asking, startAsking } from '../testing/ask.ts'
import { createFakeStore } from '../testing/fake-store.ts'

const nodes = '/api/v1/nodes'
let asking: Asking | null = null
afterEach(async () => {
  await asking?.auditor.stop()
  asking = null
})

async function start(token: string | null, users: Users = createUsers({ secret: 'jane' })): Promise<Asking> {
  const fake = createFakeStore({ nodes: async () => ({ items: [], next: null }) })
  fake.add('north', 'Ticked')
  asking = await startAsking(
    fake.store,
    { token, triesPerMinuteMax: 5 },
    { log: { append: async () => undefined }, users },
  )
  return asking
}
const bearing = (token: string): RequestInit => ({
  headers: { authorization: `Bearer ${token}`, 'user-agent': 'curl/8' },
})
const warnings = () => asking?.logger.lines.filter(({ level }) => level === 'warn') ?? []

test('a token that is nobody’s is said with its sender, and never itself', async () => {
  const { get } = await start('reading')
  expect((await get(nodes, bearing('guessed'))).status).toBe(401)
  expect(warnings()).toEqual([
    expect.objectContaining({
      message: 'somebody asked with a token that is nobody’s',
      facts: { from: '127.0.0.1', path: nodes, agent: 'curl/8', hasToken: true, tries: 1 },
    }),
  ])
  expect(JSON.stringify(asking?.logger.lines)).not.toContain('guessed')
})

test('after too many wrong ones none is looked at, right or wrong, until the minute is over; the log says it once', async () => {
  const { get, problem, time } = await start('reading')
  for (let guess = 0; guess < 5; guess++) expect((await get(nodes, bearing(`guess-${guess}`))).status).toBe(401)
  await time.advance(20_000)
  for (const token of ['guess-6', 'reading', 'secret']) {
    expect(await problem(nodes, bearing(token))).toMatchObject({
      status: 429,
      code: 'too-many-tries',
      mend: 'wait for 40 s, and send the right one',
    })
  }
  expect(warnings().map(({ message }) => message)).toEqual([
    'somebody asked with a token that is nobody’s',
    'somebody asked with a token that is nobody’s: for 60 s at most none of its tokens is looked at',
  ])
  await time.advance(40_000)
  expect((await get(nodes, bearing('reading'))).status).toBe(200)
  expect((await get(nodes, bearing('guess-7'))).status).toBe(401)
  expect(warnings()).toHaveLength(3)
})

test('requests without a token are refused and said, and are no tries', async () => {
  const { get } = await start('reading')
  for (let time = 0; time < 10; time++) expect((await get(nodes)).status).toBe(401)
  expect(warnings().map(({ message }) => message)).toEqual(['somebody asked without a token'])
  expect((await get(nodes, bearing('reading'))).status).toBe(200)
})

test('where everybody may read, wrong tokens are tries when something is asked for', async () => {
  const { get, problem } = await start(null)
  const ask = (token: string) => ({ ...bearing(token), method: 'POST', body: '{}' })
  const path = '/api/v1/clusters/north/mode'
  for (let guess = 0; guess < 5; guess++) expect((await get(path, ask('guess'))).status).toBe(401)
  expect(await problem(path, ask('secret'))).toMatchObject({ code: 'too-many-tries' })
  expect((await get(nodes)).status).toBe(200)
})

test('a users file that broke is said to the log; who asks learns only that it is', async () => {
  const broken = new ServiceError('bad-configuration', 'the users file /etc/users is wrong in line 3')
  const { problem } = await start('reading', { userOf: () => Promise.reject(broken) })
  const told = await problem(nodes, bearing('secret'))
  expect(told).toMatchObject({ status: 503, code: 'users-away' })
  expect(JSON.stringify(told)).not.toContain('/etc')
  expect(warnings()).toEqual([expect.objectContaining({ facts: expect.objectContaining({ error: broken.message }) })])
})
