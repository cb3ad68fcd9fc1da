import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'

test('a log line is JSON with time, level, service, facts and sentence, and without secrets', () => {
  const lines: string[] = []
  const logger = createLogger({ service: 'try', level: 'info', destination: { write: line => lines.push(line) } })
  logger.debug({}, 'not said at this level')
  logger.info(
    { count: 3, password: 'hunter2', connection: { token: 'hunter2' }, url: 'postgres://me:hunter2@host/db' },
    'connected to postgres://me:hunter2@host/db as kafka://me@host:9092',
  )
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain('hunter2')
  const { time, ...line } = JSON.parse(lines[0] ?? '')
  expect(Number.isNaN(Date.parse(time))).toBe(false)
  expect(line).toEqual({
    level: 'info',
    service: 'try',
    count: 3,
    password: '***',
    connection: { token: '***' },
    url: 'postgres://me:***@host/db',
    msg: 'connected to postgres://me:***@host/db as kafka://me@host:9092',
  })
})
