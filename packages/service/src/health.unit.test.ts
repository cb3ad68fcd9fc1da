import { afterEach, expect, test } from 'vitest'
import { createHealth, type Health } from './health.ts'
import { type HealthServer, startHealthServer } from './health-server.ts'
import { createManualTime } from './manual-time.ts'
import { Counter, createRegistry } from './metrics.ts'
import { systemTimers } from './time.ts'

let server: HealthServer | null = null
afterEach(async () => {
  await server?.close()
  server = null
})

async function serve(health: Health = createHealth(systemTimers)) {
  const registry = createRegistry({ service: 'try', process: false })
  new Counter({ name: 'rollcall_try_events_total', help: 'Events.', registers: [registry] }).inc(3)
  server = await startHealthServer({ host: '127.0.0.1', port: 0, health, registry })
  return server.url
}

test('readiness names each check with ok or a sentence, and is 503 when one is not ok', async () => {
  const health = createHealth(systemTimers)
  let trouble: string | null = null
  health.check('store', () => trouble)
  health.check('log', async () => null)
  health.fact('partitions', () => [3, 5])
  const facts = { partitions: [3, 5] }
  const url = await serve(health)
  const good = await fetch(`${url}/readyz`)
  expect([good.status, await good.json()]).toEqual([200, { ready: true, checks: { store: 'ok', log: 'ok' }, facts }])
  trouble = 'Postgres does not answer'
  const bad = await fetch(`${url}/readyz`)
  expect([bad.status, await bad.json()]).toEqual([
    503,
    { ready: false, checks: { store: 'Postgres does not answer', log: 'ok' }, facts },
  ])
})

test('a check that throws or never answers is a sentence too', async () => {
  const time = createManualTime()
  const health = createHealth(time.timers)
  health.check('hangs', () => new Promise(() => undefined))
  health.check('throws', () => {
    throw new TypeError('odd')
  })
  const readiness = health.readiness()
  await time.advance(2_000)
  expect(await readiness).toEqual({
    ready: false,
    checks: { hangs: 'no answer within 2 s', throws: 'the check itself failed: TypeError: odd' },
    facts: {},
  })
})

test('the process answers /healthz and /metrics, and says what there is', async () => {
  const url = await serve()
  expect(await (await fetch(`${url}/healthz`)).text()).toBe('ok\n')
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('rollcall_try_events_total{service="try"} 3')
  expect((await fetch(`${url}/secret`)).status).toBe(404)
  expect((await fetch(`${url}/healthz`, { method: 'POST' })).status).toBe(405)
})
