import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { serviceOptions } from './config/common-options.ts'
import { createHealth } from './health.ts'
import { type HealthServer, startHealthServer } from './health-server.ts'
import { createMemoryLogger } from './logger.ts'
import { createManualTime, settled } from './manual-time.ts'
import { createRegistry } from './metrics.ts'
import type { ProcessLife } from './process-life.ts'
import { runService, type ServiceConfig, type ServiceContext } from './run-service.ts'
import { systemTimers } from './time.ts'

type FakeLife = ProcessLife & {
  readonly exits: number[]
  readonly errors: string[]
  signal(): void
  uncaught(thrown: unknown): void
}

function createFakeLife(): FakeLife {
  const exits: number[] = []
  const errors: string[] = []
  let onSignal: (signal: 'SIGTERM') => void = () => undefined
  let onUncaught: (thrown: unknown, kind: 'unhandled rejection') => void = () => undefined
  return {
    exits,
    errors,
    onSignal: run => {
      onSignal = run
    },
    onUncaught: run => {
      onUncaught = run
    },
    stdout: () => undefined,
    stderr: line => errors.push(line),
    exit: code => exits.push(code),
    signal: () => onSignal('SIGTERM'),
    uncaught: thrown => onUncaught(thrown, 'unhandled rejection'),
  }
}

const contexts: ServiceContext<ServiceConfig>[] = []
const others: HealthServer[] = []
afterEach(async () => {
  for (const context of contexts.splice(0)) context.fail(new Error('end of test'))
  for (const server of others.splice(0)) await server.close()
})

async function run(
  start: (context: ServiceContext<ServiceConfig>) => Promise<() => Promise<void>>,
  argv: string[] = [],
) {
  const life = createFakeLife()
  const logger = createMemoryLogger()
  const time = createManualTime()
  const running = runService({
    name: 'try',
    summary: 'a try',
    schema: z.object(serviceOptions),
    argv,
    env: {},
    start: context => {
      contexts.push(context)
      return start(context)
    },
    life,
    logger,
    ...time,
  })
  return { life, logger, time, running }
}

const exited = async (life: FakeLife) => {
  while (life.exits.length === 0) await settled(1)
  return life.exits
}

test('one signal stops gracefully and exits with 0', async () => {
  let isStopped = false
  const { life, running } = await run(async () => async () => {
    isStopped = true
  })
  await running
  life.signal()
  expect(await exited(life)).toEqual([0])
  expect(isStopped).toBe(true)
})

test('a second signal exits at once', async () => {
  const { life, running } = await run(async () => () => new Promise(() => undefined))
  await running
  life.signal()
  life.signal()
  expect(life.exits).toEqual([130])
})

test('a stop that takes longer than its bound ends with exit code 1', async () => {
  const { life, logger, time, running } = await run(
    async () => () => new Promise(() => undefined),
    ['--stop-timeout', '5s'],
  )
  await running
  life.signal()
  await time.advance(4_999)
  expect(life.exits).toEqual([])
  await time.advance(1)
  expect(life.exits).toEqual([1])
  expect(logger.lines.at(-1)?.message).toBe('not stopped after 5 s (--stop-timeout): exits anyway')
})

test('a signal during start lets start give up, then exits with 0', async () => {
  const { life } = await run(
    ({ stopping }) => new Promise((_, reject) => stopping.addEventListener('abort', () => reject(stopping.reason))),
  )
  while (contexts.length === 0) await settled(1)
  life.signal()
  expect(await exited(life)).toEqual([0])
})

test('a rejection that nobody handled is logged with what it was, and ends the process', async () => {
  const { life, logger, running } = await run(async () => async () => undefined)
  await running
  life.uncaught({ odd: true })
  expect(life.exits).toEqual([1])
  expect(logger.lines.at(-1)?.message).toContain(
    'unhandled rejection: something that is no error was thrown: { odd: true }',
  )
})

test('a service that cannot go on stops gracefully with exit code 1', async () => {
  let isStopped = false
  const { life, running } = await run(async context => {
    queueMicrotask(() => context.fail(new Error('the ledger does not fit')))
    return async () => {
      isStopped = true
    }
  })
  await running
  expect(await exited(life)).toEqual([1])
  expect(isStopped).toBe(true)
})

test('wrong options end with exit code 2 before anything starts', async () => {
  const { life, running } = await run(async () => async () => undefined, ['--log-level', 'loud'])
  await running
  expect(life.exits).toEqual([2])
  expect(life.errors).toEqual(['try: --log-level must be one of debug, info, warn, error, silent, not "loud"\n'])
  expect(contexts).toEqual([])
})

test('a port in use is said in one line with the mend', async () => {
  const other = await startHealthServer({
    host: '127.0.0.1',
    port: 0,
    health: createHealth(systemTimers),
    registry: createRegistry({ service: 'other', process: false }),
  })
  others.push(other)
  const port = new URL(other.url).port
  const { life, logger } = await run(async () => async () => undefined, ['--health-port', port])
  expect(await exited(life)).toEqual([1])
  const said = logger.lines.filter(line => line.level === 'error')
  expect(said.map(line => line.message)).toEqual([
    `try cannot start: port ${port} of 127.0.0.1 is used by another process. Choose another with --health-port or ROLLCALL_HEALTH_PORT (0: any free one)`,
  ])
})
